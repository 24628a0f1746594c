import type { ServerResponse } from 'node:http';

import { familyOf } from '../connection/addresses.ts';
import { inRootContext } from '../runtime/async-context.ts';
import { isLast } from '../runtime/internals.ts';
import { Socket, setImmediate } from '../runtime/originals.ts';
import { SendWindow } from './send-window.ts';
import type { StreamEnd } from './stream.ts';

interface Internals {
  _onTimeout(): void;
  _unrefTimer(): void;
}

const inside = Socket.prototype as unknown as Internals;

/**
 * A connection whose client is held elsewhere: to the app's server it is a socket like any other, and what it reads and
 * writes goes over a stream. It has no handle; what Node asks of that is answered here.
 */
export class VirtualSocket extends Socket {
  readonly #peer: StreamEnd;
  readonly #window: SendWindow;
  /** Bytes that the app has not read yet, or has read since it was last said. */
  #uncredited = 0;
  #read = 0;
  #written = 0;
  /** Requests that the app has and has not answered. */
  #open = 0;
  #answered = 0;
  #upgraded = false;
  #endsWithNext = false;
  /** Nothing is to be said to the other end any more. */
  #silent = false;
  /** What the other end says. */
  readonly input: StreamEnd = {
    data: (bytes) => this.#receive(bytes),
    last: () => (this.#endsWithNext = true),
    began: () => {},
    answered: () => {},
    credit: (bytes) => this.#window.credit(bytes),
    end: () => this.#inItsTurn(() => this.push(null)),
    abort: () => this.#lose(),
    gone: () => this.#lose(),
  };

  constructor(peer: StreamEnd, allowHalfOpen: boolean) {
    super({ allowHalfOpen });
    this.#peer = peer;
    this.#window = new SendWindow(peer);
  }

  /** The app is about to get a request. */
  requestBegan(response: ServerResponse): void {
    this.#open += 1;
    this.#peer.began();
    if (this.#endsWithNext) response.shouldKeepAlive = false;
    // Ahead of Node's own listener, which writes what the next response has ready.
    response.prependOnceListener('finish', () => {
      this.#open -= 1;
      this.#answered += 1;
      this.#peer.answered(response.statusCode, isLast(response));
    });
  }

  /** The app is about to get the connection itself. */
  upgradeBegan(): void {
    this.#upgraded = true;
    this.#peer.began();
  }

  /** Closes it for a reason that does not concern the client, whose own connection goes on. */
  retire(): void {
    if (this.#silent) return;
    this.#silent = true;
    this.#peer.gone();
    this.destroy();
  }

  /** The same, if the app has answered all that it was asked: the first request is on its way when the stream is opened. */
  retireIfIdle(): void {
    if (this.#answered > 0 && this.#open === 0 && !this.#upgraded) this.retire();
  }

  /** Bytes that came from the client, and that the app wrote, as a handle would count them. */
  get transferred(): { read: number; written: number } {
    return { read: this.#read, written: this.#written };
  }

  #receive(bytes: Buffer): void {
    if (this.destroyed) return;
    this.#read += bytes.length;
    this.#uncredited += bytes.length;
    this.#isActive();
    this.push(bytes);
  }

  /** The client is gone. */
  #lose(): void {
    this.#silent = true;
    this.#inItsTurn(() => this.destroy());
  }

  /** In a turn of the event loop of its own, as what a handle reads: the app is done with what came before. */
  #inItsTurn(act: () => void): void {
    inRootContext(() =>
      setImmediate(() => {
        if (!this.destroyed) act();
      }),
    );
  }

  #isActive(): void {
    Reflect.apply(inside._unrefTimer, this, []);
  }

  override _read(): void {
    if (this.#uncredited === 0) return;
    this.#peer.credit(this.#uncredited);
    this.#uncredited = 0;
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    this.#written += bytes.length;
    this.#isActive();
    if (bytes.length === 0) done();
    else this.#window.send(bytes, done);
  }

  override _writev(
    chunks: readonly { chunk: Buffer | string; encoding: BufferEncoding }[],
    done: () => void,
  ): void {
    const each = chunks.map(({ chunk, encoding }) =>
      typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk,
    );
    this._write(Buffer.concat(each), 'latin1', done);
  }

  override _final(done: () => void): void {
    if (!this.#silent) this.#peer.end();
    done();
    // As Node 14 does when the handle was shut down.
    if (!this.readable) this.destroy();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#silent) {
      this.#silent = true;
      this.#peer.abort();
    }
    super._destroy(error, done);
  }

  /** Between two requests only the client's own connection counts its idle time. */
  _onTimeout(): void {
    if (this.#open > 0 || this.#upgraded) Reflect.apply(inside._onTimeout, this, []);
  }

  _getsockname(): { address?: string | undefined; family?: string; port?: number | undefined } {
    const { localAddress, localPort } = this;
    return {
      address: localAddress,
      family: familyOf(localAddress ?? ''),
      port: localPort,
    };
  }

  // What only a handle can do: to ask for it is no error.
  override ref(): this {
    return this;
  }
  override unref(): this {
    return this;
  }
  override setNoDelay(): this {
    return this;
  }
  override setKeepAlive(): this {
    return this;
  }
  override resetAndDestroy(): this {
    return this.destroy();
  }
}

/** Node has getters for these, which ask the handle. */
const counters: Record<string, (this: VirtualSocket) => unknown> = {
  bytesRead() {
    return this.transferred.read;
  },
  _bytesDispatched() {
    return this.transferred.written;
  },
  pending() {
    return false;
  },
};
for (const [name, get] of Object.entries(counters)) {
  Object.defineProperty(VirtualSocket.prototype, name, { get, configurable: true });
}
