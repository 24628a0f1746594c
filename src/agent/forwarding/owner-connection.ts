import type net from 'node:net';

import { guardedEnd } from '../carrier/guarded-end.ts';
import { SendWindow } from '../carrier/send-window.ts';
import type { StreamEnd } from '../carrier/stream.ts';
import type { ForwardedRequest } from './forwarded-request.ts';

/**
 * What one client's connection is to one owner of its requests. These go there in order, on a stream that lasts as long as
 * both want it, and the answers come back in the same order.
 */
export class OwnerConnection {
  readonly #client: net.Socket;
  readonly #connect: (end: StreamEnd) => StreamEnd;
  /** Called when nothing is under way any more, and when something is again. */
  readonly #idles: (idle: boolean) => void;
  /** Those that are not answered, the oldest first. */
  #requests: ForwardedRequest[] = [];
  #stream: { output: StreamEnd; window: SendWindow } | undefined;
  /** The one whose head was sent last on the present stream. */
  #latest: ForwardedRequest | undefined;
  /** The one whose answer was complete last. */
  #complete: ForwardedRequest | undefined;
  /** Answers that came by the present stream: one that was used before may have ended at the moment that it is used again. */
  #answers = 0;

  constructor(client: net.Socket, connect: (end: StreamEnd) => StreamEnd, idles: (idle: boolean) => void) {
    this.#client = client;
    this.#connect = connect;
    this.#idles = idles;
  }

  forward(request: ForwardedRequest): void {
    if (this.#requests.push(request) === 1) this.#idles(false);
    this.#startNext();
  }

  /** The client sends no more. */
  endInput(): void {
    this.#sendRest();
    this.#stream?.output.end();
  }

  /** The owner's app need not keep this connection. */
  close(): void {
    this.#sendRest();
    this.#stream?.output.gone();
    this.#stream = undefined;
    this.#requests = [];
  }

  #sendRest(): void {
    if (this.#stream !== undefined) this.#latest?.endInput(this.#stream.window);
  }

  #startNext(): void {
    for (const request of this.#requests) {
      if (request.started) continue;
      // A head that followed part of a body would be taken for more of it: also that of one that was answered early.
      if (this.#latest?.whole === false) return;
      const { output, window } = (this.#stream ??= this.#open());
      if (request.endsConnection) output.last();
      this.#latest = request;
      request.start(window);
    }
  }

  #open(): { output: StreamEnd; window: SendWindow } {
    this.#answers = 0;
    const isPresent = (): boolean => stream === this.#stream;
    const end = {
      data: (bytes: Buffer) => {
        if (isPresent()) this.#answer(bytes, stream);
      },
      last: () => {},
      began: () => {
        if (isPresent()) this.#begin(stream.window);
      },
      answered: (status: number, last: boolean) => {
        if (isPresent()) this.#answered(status, last);
      },
      credit: (bytes: number) => stream.window.credit(bytes),
      end: () => {
        if (isPresent()) this.#endedOutput();
      },
      abort: () => {
        if (isPresent()) this.#ended(true);
      },
      gone: () => {
        if (isPresent()) this.#ended(false);
      },
    };
    const output = this.#connect(guardedEnd(end, this.#client));
    const stream = { output, window: new SendWindow(output) };
    return stream;
  }

  #begin(window: SendWindow): void {
    this.#requests.find(({ begun }) => !begun)?.begin(window, () => this.#startNext());
  }

  #answer(bytes: Buffer, { output, window }: { output: StreamEnd; window: SendWindow }): void {
    const oldest = this.#requests[0];
    if (oldest === undefined) return; // nobody asked
    if (!oldest.begun) this.#begin(window);
    oldest.answer(bytes, () => output.credit(bytes.length));
  }

  #answered(status: number, last: boolean): void {
    this.#answers += 1;
    const oldest = this.#requests.shift();
    if (oldest === undefined) return;
    this.#complete = oldest;
    oldest.finish(status, last);
    if (this.#requests.length === 0) this.#idles(true);
  }

  /** The app ended its half, which for a client is the end of its connection. */
  #endedOutput(): void {
    const oldest = this.#requests[0];
    if (oldest?.begun) oldest.cut(false);
    else this.#ended(true);
  }

  /** No answer comes by this stream any more; `byApp`: because the app ended the connection. */
  #ended(byApp: boolean): void {
    const usedBefore = this.#answers > 0;
    this.#stream?.output.gone();
    this.#stream = undefined;
    this.#latest = undefined;
    const oldest = this.#requests[0];
    if (oldest?.begun) {
      this.#requests = [];
      oldest.cut(!byApp);
    } else if (oldest !== undefined) this.#again(usedBefore);
    else if (byApp && this.#complete?.endConnection() !== true) this.#client.destroySoon();
  }

  /** None of them has begun. A stream that was used before may have ended at the moment that it was used again. */
  #again(usedBefore: boolean): void {
    for (const request of this.#requests) request.reset();
    if (usedBefore) this.#startNext();
    else for (const request of this.#requests.splice(0)) request.serveElsewhere();
  }
}
