import { windowBytes, type StreamEnd } from './stream.ts';

/** Sends bytes on a stream no faster than its other end uses them. */
export class SendWindow {
  readonly #stream: StreamEnd;
  #left = windowBytes;
  /** What waits for credit, in order, and what is to be called when it was sent. */
  #waiting: { bytes: Buffer; sent: () => void }[] = [];

  constructor(stream: StreamEnd) {
    this.#stream = stream;
  }

  /** `sent` is called when the stream has taken all of it: at once, if there is credit. */
  send(bytes: Buffer, sent: () => void): void {
    if (this.#waiting.length === 0 && bytes.length <= this.#left) {
      this.#left -= bytes.length;
      this.#stream.data(bytes);
      sent();
      return;
    }
    this.#waiting.push({ bytes, sent });
    this.#sendWaiting();
  }

  credit(bytes: number): void {
    this.#left += bytes;
    this.#sendWaiting();
  }

  #sendWaiting(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (first.bytes.length > this.#left) {
        if (this.#left <= 0) return;
        const part = first.bytes.subarray(0, this.#left);
        first.bytes = first.bytes.subarray(this.#left);
        this.#left = 0;
        this.#stream.data(part);
        return;
      }
      this.#waiting.shift();
      this.#left -= first.bytes.length;
      if (first.bytes.length > 0) this.#stream.data(first.bytes);
      first.sent();
    }
  }
}
