import type net from 'node:net';

import { connectionOf } from '../connection/connection.ts';
import { connectionUnder, endPoll, type DdpSessions } from '../sessions/ddp-sessions.ts';
import type { Drain } from './drain.ts';
import type { Members } from '../membership/members.ts';
import type { WebSockets } from '../sessions/websockets.ts';
import { clearInterval, setInterval } from '../runtime/timers.ts';

const sweepMs = 250;
/** How many sessions are told to come again at a time: each reconnect runs its publications. */
const perSweep = 10;

export interface ForwardedSessionsParts {
  members: Members;
  ddp: DdpSessions;
  websockets: WebSockets;
}

/**
 * What lives here and whose connection a peer forwards (TLS cannot move, nor can anything without a supervisor). A
 * peer that is to end would have to wait for it, and cut it off at last; so it is told to come again by another way.
 */
export class ForwardedSessions {
  readonly #parts: ForwardedSessionsParts;
  readonly #drain: () => Drain | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `drain` is this worker's own, which tells all of them to go. */
  constructor(parts: ForwardedSessionsParts, drain: () => Drain | undefined) {
    this.#parts = parts;
    this.#drain = drain;
  }

  /** The fleet has changed. */
  look(): void {
    if (this.#timer !== undefined || this.#parts.members.leaving.size === 0) return;
    this.#timer = setInterval(() => this.#sweep(), sweepMs).unref();
    this.#sweep();
  }

  #sweep(): void {
    const { members, ddp, websockets } = this.#parts;
    const { leaving } = members;
    if (leaving.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    if (this.#drain() !== undefined) return;
    const comesThem = (socket: net.Socket | undefined): boolean => {
      const via = socket && connectionOf(socket).via;
      return via !== undefined && leaving.has(via);
    };
    const sessions = ddp.all().filter((session) => comesThem(connectionUnder(session)));
    // A session that is polled lives on: only its polls take another way.
    const connected = sessions.filter((session) => !endPoll(session));
    for (const session of connected.filter((each) => ddp.isIdle(each)).slice(0, perSweep)) ddp.close(session);
    for (const socket of websockets.staying(!ddp.found).filter(comesThem).slice(0, perSweep))
      websockets.close(socket);
  }
}
