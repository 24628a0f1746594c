import type net from 'node:net';

import { nextTick } from '../../runtime/originals.ts';
import { startReading, type Handle } from '../../runtime/internals.ts';

function silence(socket: net.Socket): void {
  socket.write = (...args: unknown[]) => {
    const last = args[args.length - 1];
    if (typeof last === 'function') nextTick(last);
    return true;
  };
}

/**
 * A connection that another worker still has: the app here gets it, and neither is anything read from it nor does anything
 * that the app writes reach the client, until this worker has it alone.
 */
export class SilentSocket {
  readonly #socket: net.Socket;
  readonly #handle: Handle;

  private constructor(socket: net.Socket, handle: Handle) {
    this.#socket = socket;
    this.#handle = handle;
  }

  /** `open` makes the socket on the handle, which begins to read at once, and gives it to the app behind `silence`. */
  static on(handle: Handle, open: (silence: (socket: net.Socket) => void) => net.Socket): SilentSocket {
    handle.readStart = () => 0;
    const socket = open(silence);
    return new SilentSocket(socket, handle);
  }

  get socket(): net.Socket {
    return this.#socket;
  }

  /** What is written from now on is sent. */
  speak(): void {
    delete (this.#socket as { write?: unknown }).write;
  }

  listen(): void {
    delete (this.#handle as { readStart?: unknown }).readStart;
    startReading(this.#socket);
  }
}
