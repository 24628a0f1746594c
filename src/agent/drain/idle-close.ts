import type net from 'node:net';

import type { Browsers } from '../sessions/browsers.ts';
import type { WayOut } from '../hand-over/giving/given-session.ts';
import type { DdpSession, DdpSessions } from '../sessions/ddp-sessions.ts';
import { sessionOf } from '../sessions/sessions.ts';
import type { WebSockets } from '../sessions/websockets.ts';
import { Departures } from './departures.ts';
import { Leavers } from './leavers.ts';
import { clearInterval, setInterval } from '../runtime/timers.ts';
import { monotonicNow } from '../runtime/originals.ts';

const sweepMs = 250;
/** A session without a call, or a WebSocket without a byte, for so long is idle. */
const quietMs = 1_000;
/** Who is not idle by then stays. */
const patienceMs = 5_000;

export interface IdleCloseParts {
  websockets: WebSockets;
  ddp: DdpSessions;
  browsers: Browsers;
}

/** Has a session leave; false where it is on its way already. `back` is called when it stays after all. */
export type Leave = (session: DdpSession, back: () => void) => boolean;

/** Its client connects anew. */
export const bySendingAway =
  ({ browsers, ddp }: IdleCloseParts): Leave =>
  (session) => {
    browsers.expectSentAway(1);
    ddp.close(session);
    return true;
  };

/** It goes on in another worker; where it cannot, its client connects anew. */
export function byHandingOver(parts: IdleCloseParts, way: WayOut<DdpSession>): Leave {
  const leavers = new Leavers(way, new Departures());
  const sendAway = bySendingAway(parts);
  return (session, back) => {
    if (!leavers.isToGive(session)) return leavers.isToClose(session) && sendAway(session, back);
    leavers.give(session, back);
    return true;
  };
}

/** Has idle clients leave a worker that goes on: others have room for them. */
export class IdleClose {
  readonly #parts: IdleCloseParts;
  readonly #leave: Leave;
  #count = 0;
  #until = 0;
  #timer: NodeJS.Timeout | undefined;
  /** How many bytes each WebSocket had passed, and since when no more. */
  readonly #quiet = new WeakMap<net.Socket, { bytes: number; since: number }>();

  /** `leave`: how those of DDP do. */
  constructor(parts: IdleCloseParts, leave: Leave) {
    this.#parts = parts;
    this.#leave = leave;
  }

  /** Lets `count` more go, as far as so many are idle within the next seconds. */
  begin(count: number): void {
    this.#count += count;
    this.#until = monotonicNow() + patienceMs;
    if (this.#timer === undefined) this.#timer = setInterval(() => this.#sweep(), sweepMs);
    this.#timer.unref();
    this.#sweep();
  }

  #sweep(): void {
    const { ddp, websockets } = this.#parts;
    const now = monotonicNow();
    // Long-poll sessions stay: their clients would hear of it only at their next poll.
    const sessions = ddp.all().filter((session) => ofWebSocket(session) && ddp.isQuiet(session, quietMs));
    for (const session of sessions) {
      if (this.#count > 0 && this.#leave(session, () => (this.#count += 1))) this.#count -= 1;
    }
    for (const socket of websockets.staying(!ddp.found)) {
      if (this.#count > 0 && this.#isQuiet(socket, now)) this.#close(socket);
    }
    if (this.#count > 0 && now < this.#until) return;
    this.#count = 0;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #close(socket: net.Socket): void {
    this.#count -= 1;
    this.#parts.browsers.expectSentAway(1);
    this.#parts.websockets.close(socket);
  }

  #isQuiet(socket: net.Socket, now: number): boolean {
    const bytes = socket.bytesRead + socket.bytesWritten;
    const known = this.#quiet.get(socket);
    if (known !== undefined && known.bytes === bytes) return now - known.since >= quietMs;
    this.#quiet.set(socket, { bytes, since: now });
    return false;
  }
}

const ofWebSocket = ({ socket }: DdpSession): boolean =>
  socket !== null && socket !== undefined && sessionOf(socket.url ?? '') === undefined;
