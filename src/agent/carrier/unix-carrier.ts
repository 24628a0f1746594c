import type net from 'node:net';

import { connectTo, hear } from '../runtime/sockets.ts';
import { FrameReader, FrameWriter } from './frames.ts';
import type { StreamEnd } from './stream.ts';

/** Carries one stream over a UNIX socket, which it has for itself. */
export class UnixCarrier {
  /** The other end. */
  readonly peer: StreamEnd;
  readonly #socket: net.Socket;
  #over = false;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.peer = new FrameWriter({
      write: (bytes) => void socket.write(bytes),
      cork: () => socket.cork(),
      uncork: () => socket.uncork(),
      close: () => this.#close(),
    });
  }

  /** What the other end says goes to `end` from now on; `bytes` were read already. */
  deliver(end: StreamEnd, bytes?: Buffer): void {
    const socket = this.#socket;
    const reader = new FrameReader(end);
    // Not guarded: what it tells may run the app's code.
    socket.on('data', (chunk: Buffer) => {
      if (!this.#over) reader.read(chunk);
    });
    socket.on('error', () => {}); // it closes with it
    hear(socket, 'end', () => socket.destroy());
    hear(socket, 'close', () => {
      if (this.#over) return;
      this.#over = true;
      end.gone();
    });
    if (bytes !== undefined) reader.read(bytes);
  }

  /**
   * What still comes is read, and thrown away, until the other end closes: were it closed here at once, the other end's next
   * write would fail, and Node would throw away what was sent last and is not read there yet.
   */
  #close(): void {
    this.#over = true;
    this.#socket.end();
  }
}

/** Opens a stream to another worker: `opening` says whose it is, in one line of JSON. Gives the other end. */
export function connectCarrier(path: string, opening: object, end: StreamEnd): StreamEnd {
  const socket = connectTo(path);
  socket.write(`${JSON.stringify(opening)}\n`);
  const carrier = new UnixCarrier(socket);
  carrier.deliver(end);
  return carrier.peer;
}
