import type net from 'node:net';

/** What is written to a connection while another worker may have it already. */
export class HeldWrites {
  readonly #socket: net.Socket;
  readonly #held: unknown[][] = [];

  constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.write = (...args: unknown[]) => {
      this.#held.push(args);
      return true;
    };
  }

  release(): void {
    delete (this.#socket as { write?: unknown }).write;
    for (const args of this.#held) Reflect.apply(this.#socket.write, this.#socket, args);
  }
}
