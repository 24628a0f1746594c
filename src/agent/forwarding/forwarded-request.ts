import type { IncomingMessage, ServerResponse } from 'node:http';

import type { SendWindow } from '../carrier/send-window.ts';
import { hear, hearOnce } from '../runtime/sockets.ts';
import { endAfter, endBelow, writeBelow } from '../runtime/internals.ts';
import { bodyEnd, bodyPart, forwardedHead, framingOf, type Framing } from '../http/request-bytes.ts';

/** One request on its way to its owner, and the answer on its way back, which are neither judged nor changed. */
export class ForwardedRequest {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #framing: Framing;
  #bodyEnded = false;
  #finished = false;
  /** The answer is to tell the client that its connection ends. */
  readonly endsConnection: boolean;
  /** Its owner cannot be had, and never began it. */
  readonly serveElsewhere: () => void;
  /** Its head was sent. */
  started = false;
  /** The owner's app has it: nobody else may get it any more. */
  begun = false;
  /** All of it was sent: only then may another request follow on the same stream. */
  whole = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    endsConnection: boolean,
    serveElsewhere: () => void,
  ) {
    this.#request = request;
    this.#response = response;
    this.#framing = framingOf(request);
    this.endsConnection = endsConnection;
    this.serveElsewhere = serveElsewhere;
  }

  /** Sends the head. The body follows when the owner has begun: until then all of it can go elsewhere. */
  start(window: SendWindow): void {
    this.started = true;
    window.send(forwardedHead(this.#request), () => (this.whole = this.#framing === 'none'));
  }

  /** `whole` is called when all of it was sent. */
  begin(window: SendWindow, whole: () => void): void {
    if (this.begun) return;
    this.begun = true;
    if (this.whole) return;
    const request = this.#request;
    hear(request, 'data', (bytes: Buffer) => {
      let sent = false;
      window.send(bodyPart(this.#framing, bytes), () => {
        if (sent) request.resume();
        sent = true;
      });
      if (!sent) request.pause();
      sent = true;
    });
    hear(request, 'end', () => this.#endBody(window, whole));
  }

  /**
   * The client sends no more: Node is about to throw away what it has of the request and nobody else could answer. So all of
   * that is sent now.
   */
  endInput(window: SendWindow): void {
    if (this.whole || this.#bodyEnded) return;
    const request = this.#request;
    for (
      let bytes = request.read() as Buffer | null;
      bytes !== null;
      bytes = request.read() as Buffer | null
    ) {
      // Where it has begun, there is a listener for that.
      if (!this.begun) window.send(bodyPart(this.#framing, bytes), () => {});
    }
    if (request.complete) this.#endBody(window, () => {});
  }

  #endBody(window: SendWindow, whole: () => void): void {
    if (this.#bodyEnded) return;
    this.#bodyEnded = true;
    window.send(bodyEnd(this.#framing, this.#request.rawTrailers), () => {
      this.whole = true;
      whole();
    });
  }

  /** The owner must have begun what it answers. `used` is called when the client's connection has taken the bytes. */
  answer(bytes: Buffer, used: () => void): void {
    writeBelow(this.#response, bytes, used);
  }

  /** All of the answer has come; `last`: the client's connection ends with it. */
  finish(status: number, last: boolean): void {
    const response = this.#response;
    response.statusCode = status;
    hearOnce(response, 'finish', () => (this.#finished = true));
    endBelow(response, last);
  }

  /** No more of the answer comes: the client's connection ends behind what has come. `failed`: the app did not want that. */
  cut(failed: boolean): void {
    if (failed) this.#response.statusCode = 502;
    endBelow(this.#response, true);
  }

  /** The client's connection ends with this answer, which is complete. False when it has been sent: then it ends at once. */
  endConnection(): boolean {
    if (!this.#finished) endAfter(this.#response);
    return !this.#finished;
  }

  /** It was sent on a stream that ended, and goes out once more. */
  reset(): void {
    this.started = false;
    this.whole = false;
  }
}
