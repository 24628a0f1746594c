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

  /** What would have been sent. */
  get bytes(): Buffer {
    const pieces = this.#held.map(([chunk, encoding]) => {
      if (typeof chunk !== 'string') return chunk as Uint8Array;
      return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
    });
    return Buffer.concat(pieces);
  }

  release(): void {
    delete (this.#socket as { write?: unknown }).write;
    for (const args of this.#held) Reflect.apply(this.#socket.write, this.#socket, args);
  }
}
