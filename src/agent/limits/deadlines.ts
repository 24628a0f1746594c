import type { IncomingMessage } from 'node:http';
import type net from 'node:net';

import { connectionOf } from '../connection/connection.ts';
import { answerBegan, betweenRequests, speaksHttp1, takenByKernel } from '../runtime/internals.ts';
import type { Refusals } from '../meter/refusals.ts';
import type { WebSockets } from '../sessions/websockets.ts';
import { setImmediate, setInterval } from '../runtime/timers.ts';
import { monotonicNow } from '../runtime/originals.ts';

const longestSweepMs = 5_000;
const shortestSweepMs = 100;
/** Each so many bytes of a request or an answer give it another second: what is slow may be large, not endless. */
const bytesPerSecond = 500;
/** What Node has by itself, from 18 on; Node 14 and 16 look at it only when more data arrives, or not at all. */
const nodeHeadMs = 60_000;
const nodeRequestMs = 300_000;

/** The answer that Node itself gives (Node docs: server.requestTimeout); RFC 9110, 15.5.9. */
const tooLate = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

export interface Times {
  /** Milliseconds until a head is there, from the connection or from the head's first bytes on; 0: left to Node. */
  head: number;
  /** Milliseconds until a whole request is there, or what was answered is taken, longer for large ones; 0: left to Node. */
  request: number;
}

/** What a sweep saw of a connection that waits for its client. */
interface Look {
  latest: IncomingMessage | undefined;
  phase: 'idle' | 'head' | 'body' | 'answer';
  since: number;
  /** Read by then, and taken by the client. */
  bytes: number;
  taken: number | undefined;
}

interface HttpServer extends net.Server {
  headersTimeout?: number;
  requestTimeout?: number;
}

/**
 * Ends connections whose clients take too long to send what they began, or to take what they asked for. It looks at all of them now and then, so a
 * request itself costs nothing.
 */
export class Deadlines {
  readonly #times: Times;
  readonly #websockets: WebSockets;
  readonly #refusals: Refusals;
  readonly #looks = new WeakMap<net.Socket, Look>();

  constructor(times: Times, websockets: WebSockets, refusals: Refusals) {
    this.#times = times;
    this.#websockets = websockets;
    this.#refusals = refusals;
  }

  /** Takes the place of Node's own limits, where the app has left these as they are. */
  replaceIn(server: HttpServer): void {
    const { head, request } = this.#times;
    if (head > 0 && server.headersTimeout === nodeHeadMs) server.headersTimeout = Math.max(head, nodeHeadMs);
    // It would cut off a large upload, however fast it is.
    if (request > 0 && server.requestTimeout === nodeRequestMs) server.requestTimeout = 0;
  }

  watch(connections: Iterable<net.Socket>): void {
    const { head, request } = this.#times;
    const shortest = Math.min(...[head, request].filter((ms) => ms > 0));
    if (!Number.isFinite(shortest)) return;
    const every = Math.max(shortestSweepMs, Math.min(longestSweepMs, shortest / 4));
    // After a standstill a timer comes ahead of what was sent meanwhile: that is read first.
    setInterval(() => setImmediate(() => this.#sweep(connections)), every).unref();
  }

  #sweep(connections: Iterable<net.Socket>): void {
    const now = monotonicNow();
    for (const socket of connections) {
      if (connectionOf(socket).origin === 'peer' || this.#websockets.has(socket)) continue;
      if (!speaksHttp1(socket)) continue;
      const look = this.#look(socket, now);
      if (this.#isLate(look, socket, now)) this.#end(socket, look.phase);
    }
  }

  /** What it waits for, and since when. */
  #look(socket: net.Socket, now: number): Look {
    const { latest, boundary, since } = connectionOf(socket);
    const before = this.#looks.get(socket);
    const bytes = socket.bytesRead;
    if (latest === undefined) return { latest, phase: 'head', since, bytes: 0, taken: 0 };
    let phase: Look['phase'] = 'idle';
    // An app that does not read is not the client's fault.
    if (!latest.complete) phase = latest.readableLength > 0 ? 'idle' : 'body';
    else if (betweenRequests(socket)) {
      const end = boundary >= 0 ? boundary : before?.latest === latest ? before.bytes : bytes;
      if (bytes > end) phase = 'head';
    } else if (socket.writableLength > 0 && takenByKernel(socket) !== undefined) phase = 'answer';
    if (before?.latest === latest && before.phase === phase) return before;
    const baseline = phase === 'head' && before?.latest === latest ? before.bytes : bytes;
    const look = { latest, phase, since: now, bytes: baseline, taken: takenByKernel(socket) };
    this.#looks.set(socket, look);
    return look;
  }

  #isLate({ phase, since, bytes, taken }: Look, socket: net.Socket, now: number): boolean {
    const { head, request } = this.#times;
    if (phase === 'head') return head > 0 && now - since > head;
    const passed = phase === 'answer' ? takenByKernel(socket)! - taken! : socket.bytesRead - bytes;
    const extra = (passed / bytesPerSecond) * 1000;
    return phase !== 'idle' && request > 0 && now - since > request + extra;
  }

  #end(socket: net.Socket, phase: Look['phase']): void {
    if (phase === 'answer') {
      this.#refusals.count('untaken');
      socket.destroy();
      return;
    }
    this.#refusals.count('late');
    if (socket.writable && !answerBegan(socket)) socket.write(tooLate, 'latin1');
    socket.destroySoon();
  }
}
