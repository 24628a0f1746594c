import type net from 'node:net';
import { hearOnce } from '../runtime/sockets.ts';
import { monotonicNow } from '../runtime/originals.ts';

/** What a client sends first follows its connection at once: whoever is silent for longer has nothing to say yet. */
const silenceMs = 2_000;

interface Wait {
  since: number;
  /** Bytes of what comes next had been read by then. */
  bytes: number;
}

/** Connections that were accepted and are not the app's yet: a header, a handshake or a request is awaited. */
export class PendingConnections {
  readonly #waits = new Map<net.Socket, Wait>();
  readonly #now: () => number;

  /** `now`: a monotonic clock, in milliseconds. */
  constructor(now: () => number = monotonicNow) {
    this.#now = now;
  }

  /** Something is awaited from it, from now on. */
  expect(socket: net.Socket): void {
    if (!this.#waits.has(socket)) hearOnce(socket, 'close', () => this.arrived(socket));
    const bytes = socket.bytesRead - socket.readableLength;
    this.#waits.set(socket, { since: this.#now(), bytes });
  }

  arrived(socket: net.Socket): void {
    this.#waits.delete(socket);
  }

  /** Some have begun to send it, or may be about to. */
  get some(): boolean {
    const now = this.#now();
    for (const [socket, { since, bytes }] of this.#waits) {
      if (socket.bytesRead > bytes || now - since < silenceMs) return true;
    }
    return false;
  }
}
