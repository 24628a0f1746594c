import type { IncomingMessage } from 'node:http';

import type { Addresses } from '../../../protocol/messages.ts';
import type { DepartingSessions } from '../../sessions/departing-sessions.ts';
import { monotonicNow } from '../../runtime/originals.ts';
import { endPoll } from '../../sessions/ddp-sessions.ts';
import type { LongPolls } from '../../sessions/long-polls.ts';
import { openingOf } from '../../membership/peers.ts';
import { addressesIn } from '../../connection/addresses.ts';
import type { GivenTransport } from './given-transport.ts';
import type { MeteorSession } from '../internals/meteor.ts';
import { endPolled, pollOf, undeliveredOf } from '../internals/sockjs.ts';
import { openingHead } from '../taking/opening-request.ts';
import type { TransportState } from '../state/state.ts';

/** Who has not polled for so long has gone, without a word: SockJS keeps such a session for a while. */
const awayMs = 2_000;

export interface GivenPollParts {
  departing: DepartingSessions;
  polls: Pick<LongPolls, 'isPolled' | 'isSending'>;
}

/** A session that polls: no connection goes along, its requests do. */
export class GivenPoll implements GivenTransport {
  readonly #session: MeteorSession;
  /** As the client calls it. */
  readonly #name: string;
  readonly #parts: GivenPollParts;
  /** One of its requests: it tells who the client is. */
  #request: IncomingMessage | undefined;
  #addresses: Addresses = {};
  #heldSince = Number.POSITIVE_INFINITY;

  constructor(session: MeteorSession, name: string, parts: GivenPollParts) {
    this.#session = session;
    this.#name = name;
    this.#parts = parts;
  }

  get gone(): boolean {
    const isAway = this.#request === undefined && monotonicNow() - this.#heldSince > awayMs;
    return isAway || this.#session.socket === null;
  }

  /** Its requests wait from now on; one of them is needed, and a busy client's poll may have been answered just now. */
  stopInput(): boolean {
    const { socket } = this.#session;
    const { departing } = this.#parts;
    departing.hold(this.#name);
    this.#heldSince = Math.min(this.#heldSince, monotonicNow());
    this.#request = (socket ? pollOf(socket) : undefined) ?? departing.firstWaiting(this.#name);
    if (this.#request === undefined) return false;
    this.#addresses = addressesIn(openingOf(this.#request.socket));
    return true;
  }

  get heard(): boolean {
    return !this.#parts.polls.isSending(this.#name);
  }

  state(): TransportState {
    return {
      kind: 'poll',
      session: this.#name,
      head: openingHead(this.#request!).toString('base64'),
      addresses: this.#addresses,
      undelivered: undeliveredOf(this.#session.socket!),
    };
  }

  /** Its client asks again, and that waits. */
  flush(): void {
    endPoll(this.#session);
  }

  get flushed(): boolean {
    return !this.#parts.polls.isPolled(this.#name);
  }

  silence(): void {}

  send(): void {}

  get behind(): Buffer {
    return Buffer.alloc(0);
  }

  resume(): void {
    this.#parts.departing.release(this.#name);
  }

  leave(worker: number): void {
    this.#parts.departing.leave(this.#name, worker);
    if (this.#session.socket) endPolled(this.#session.socket);
  }

  follow(): void {
    this.#parts.departing.release(this.#name);
  }
}
