import type { Refusal } from '../../../protocol/refusals.ts';
import type { ArrivingSessions } from '../../affinity/new-sessions.ts';
import type { DepartingSessions } from '../../sessions/departing-sessions.ts';
import { endPolled, lackOfPoll, type SockJsConnection } from '../internals/sockjs.ts';
import { unexpected } from '../internals/unexpected.ts';
import type { PollState } from '../state/state.ts';
import type { TakenTransport } from './taken-transport.ts';

/** A session that polls, opened here by a request of our own: its client's requests follow. */
export class TakenPoll implements TakenTransport {
  readonly #state: PollState;
  readonly #sessions: ArrivingSessions;
  readonly #departing: DepartingSessions;
  /** undefined: the app has not answered yet. */
  #opened: boolean | undefined;

  constructor(state: PollState, sessions: ArrivingSessions, departing: DepartingSessions) {
    this.#departing = departing;
    this.#state = state;
    this.#sessions = sessions;
    sessions.expect(state.session);
  }

  /** The app has answered. */
  answered(text: string): void {
    this.#opened = /\r\n\r\n(?:2\r\n)?o\n/.test(text);
  }

  get gone(): boolean {
    return this.#opened === false;
  }

  refusal(connection: SockJsConnection): Refusal | undefined {
    const [lack] = lackOfPoll(connection);
    return lack === undefined ? undefined : unexpected('SockJS is not as expected', lack);
  }

  settled(): boolean {
    return this.#opened === true;
  }

  speak(): void {}

  listen(): void {
    this.#sessions.arrived(this.#state.session);
    this.#departing.returned(this.#state.session);
  }

  abort(connection: SockJsConnection | undefined): void {
    this.#sessions.stayed(this.#state.session);
    if (connection !== undefined) endPolled(connection);
  }
}
