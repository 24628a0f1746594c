import type { DdpSession } from '../../sessions/ddp-sessions.ts';
import type { Answer } from '../app/answer.ts';
import { HeldMessages } from '../internals/held-messages.ts';
import type { MeteorSession } from '../internals/meteor.ts';
import type { SessionState, TransportState } from '../state/state.ts';
import type { GivenSession } from './given-session.ts';
import { stateOf } from './giver.ts';

/** Meteor's sessions here. */
export interface Sessions {
  isSettled(session: DdpSession): boolean;
  close(session: DdpSession): void;
}

/** A session of Meteor's. */
export class GivenMeteorSession implements GivenSession {
  readonly ask: () => Answer<string> | undefined;
  readonly #session: MeteorSession;
  readonly #sessions: Sessions;
  #held: HeldMessages | undefined;

  constructor(session: MeteorSession, sessions: Sessions, ask: () => Answer<string> | undefined) {
    this.#session = session;
    this.#sessions = sessions;
    this.ask = ask;
  }

  get gone(): boolean {
    return this.#session.inQueue === null;
  }

  get settled(): boolean {
    return this.#sessions.isSettled(this.#session);
  }

  hold(app: string | undefined, transport: TransportState): SessionState {
    const state = stateOf(this.#session, app, transport as SessionState['transport']);
    this.#held = new HeldMessages(this.#session.socket!);
    return state;
  }

  release(): void {
    this.#held?.release(this.#held.texts);
  }

  end(): void {
    this.#sessions.close(this.#session);
  }
}
