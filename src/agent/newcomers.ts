import type net from 'node:net';

/** A client that says nothing for so long is handed to the app, whose own timeouts then count. */
const silenceMs = 2_000;

interface Newcomer {
  since: number;
  handOver: (bytes: Buffer | null) => void;
}

/** Connections that were accepted and have not said yet who they are. */
export class Newcomers {
  readonly #waiting = new Map<net.Socket, Newcomer>();

  constructor() {
    setInterval(() => this.#handOverSilent(), silenceMs / 2).unref();
  }

  /** Calls `next` with the first bytes of `socket`, or with null when it stays silent or the app closes. */
  await(socket: net.Socket, next: (bytes: Buffer | null) => void): void {
    const leave = (): void => {
      socket.removeListener('data', onData);
      socket.removeListener('end', onEnd);
      socket.removeListener('close', leave);
      socket.removeListener('error', ignore);
      this.#waiting.delete(socket);
    };
    const onData = (bytes: Buffer): void => {
      leave();
      next(bytes);
    };
    // As an HTTP server answers a client that ends before it asks for anything.
    const onEnd = (): void => {
      leave();
      socket.end();
    };
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.on('close', leave);
    socket.on('error', ignore);
    const handOver = (bytes: Buffer | null): void => {
      leave();
      next(bytes);
    };
    this.#waiting.set(socket, { since: Date.now(), handOver });
  }

  has(socket: net.Socket): boolean {
    return this.#waiting.has(socket);
  }

  #handOverSilent(): void {
    const limit = Date.now() - silenceMs;
    for (const { since, handOver } of this.#waiting.values()) if (since <= limit) handOver(null);
  }

  /** Hands all of them over, for an app that closes its server and treats idle connections its own way. */
  handOverAll(): void {
    for (const { handOver } of this.#waiting.values()) handOver(null);
  }
}

function ignore(): void {}
