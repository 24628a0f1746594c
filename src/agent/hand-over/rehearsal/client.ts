import type net from 'node:net';
import type { DeflateRaw, InflateRaw } from 'node:zlib';

import { builtin } from '../../runtime/builtin.ts';
import { guarded } from '../../runtime/guard.ts';
import { hear } from '../../runtime/sockets.ts';
import { Frames } from './frames.ts';

/** What zlib puts behind each flush, which permessage-deflate leaves out (RFC 7692, 7.2.1). */
const tail = Buffer.from([0, 0, 0xff, 0xff]);

export interface ClientOptions {
  /** Of the endpoint. */
  path: string;
  /** It has SockJS's framing, else none. */
  framed: boolean;
  /** The window of what it sends, as a power of two; undefined: it does not compress. */
  windowBits?: number;
}

/** A client of this worker itself: a WebSocket that speaks DDP, as browsers do. */
export class Client {
  /** All that the app has said, in order. */
  readonly heard: string[] = [];
  readonly #socket: net.Socket;
  readonly #framed: boolean;
  readonly #changed: () => void;
  #opened = false;
  #head = '';
  readonly #frames = new Frames();
  #deflate: DeflateRaw | undefined;
  #inflate: InflateRaw | undefined;
  #ended = false;

  /** `changed` is called when it has heard something, and when it has lost its connection. */
  constructor(socket: net.Socket, { path, framed, windowBits }: ClientOptions, changed: () => void) {
    this.#socket = socket;
    this.#framed = framed;
    this.#changed = changed;
    hear(socket, 'data', (bytes: Buffer) => this.#take(bytes));
    hear(socket, 'close', () => {
      this.#ended = true;
      changed();
    });
    let extension = '';
    if (windowBits !== undefined) {
      extension = `Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=${windowBits}\r\n`;
      const { createDeflateRaw, createInflateRaw } = builtin('zlib');
      this.#deflate = createDeflateRaw({ windowBits });
      this.#inflate = createInflateRaw();
    }
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cmFkaWFudCByZWhlYXJzYQ==\r\n${extension}\r\n`,
    );
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Says messages of DDP, in order. */
  say(...messages: object[]): void {
    for (const message of messages) {
      const text = JSON.stringify(message);
      this.#send(this.#framed ? JSON.stringify([text]) : text);
    }
  }

  end(): void {
    this.#socket.destroy();
    this.#deflate?.close();
    this.#inflate?.close();
  }

  #send(text: string): void {
    if (this.#deflate === undefined) {
      this.#socket.write(Frames.of(Buffer.from(text), false));
      return;
    }
    flushed(this.#deflate, Buffer.from(text), (bytes) => {
      this.#socket.write(Frames.of(bytes.subarray(0, -tail.length), true));
    });
  }

  #take(bytes: Buffer): void {
    let rest = bytes;
    if (!this.#opened) {
      this.#head += bytes.toString('latin1');
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) return;
      rest = Buffer.from(this.#head.slice(end + 4), 'latin1');
      this.#opened = true;
      if (!this.#head.startsWith('HTTP/1.1 101')) this.#socket.destroy();
      if (!/^sec-websocket-extensions:/im.test(this.#head)) this.#deflate = this.#inflate = undefined;
    }
    for (const { compressed, payload } of this.#frames.take(rest)) {
      if (compressed && this.#inflate) {
        flushed(this.#inflate, Buffer.concat([payload, tail]), (text) => this.#hear(text.toString()));
      } else this.#hear(payload.toString());
    }
  }

  #hear(text: string): void {
    if (this.#framed && text.startsWith('a')) this.heard.push(...(JSON.parse(text.slice(1)) as string[]));
    else this.heard.push(text);
    this.#changed();
  }
}

/** What comes out of `stream` for `bytes`: in order, for it works on one flush at a time. */
function flushed(stream: DeflateRaw | InflateRaw, bytes: Buffer, done: (bytes: Buffer) => void): void {
  stream.write(bytes);
  const read = (): void => {
    const all = stream.read() as Buffer | null;
    if (all !== null) done(all);
  };
  // A full flush, as usual, would have what follows refer back to nothing.
  stream.flush(builtin('zlib').constants.Z_SYNC_FLUSH, guarded('ddp', read));
}
