import { guarded } from '../../runtime/guard.ts';
import { hearInflated, windowSizeOf, type FayeWebSocket } from './websocket.ts';

/** Many small pieces cost more than they hold. */
const mostPieces = 64;

/** The last bytes of what a client's compressed messages were inflated to: later ones may refer back to them (RFC 7692, 7.2.3.2). */
class InflateWindow {
  readonly #size: number;
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(bytes: Buffer): void {
    if (this.#size === 0) return;
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    while (this.#length - this.#pieces[0]!.length >= this.#size) this.#length -= this.#pieces.shift()!.length;
    if (this.#pieces.length > mostPieces || this.#length > 2 * this.#size) this.#pieces = [this.bytes];
    this.#length = this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces).subarray(-this.#size);
  }
}

/** Keeps the windows of WebSockets from their first message on: zlib does not give them away. */
export class InflateWindows {
  readonly #windows = new WeakMap<FayeWebSocket, InflateWindow>();

  watch(ws: FayeWebSocket): void {
    const size = windowSizeOf(ws);
    if (size === undefined) return;
    const window = new InflateWindow(size);
    this.#windows.set(ws, window);
    if (size > 0)
      hearInflated(
        ws,
        guarded('ddp', (bytes: Buffer) => window.add(bytes)),
      );
  }

  /** undefined: it was not watched from its beginning, and cannot go on elsewhere. */
  of(ws: FayeWebSocket): Buffer | undefined {
    return this.#windows.get(ws)?.bytes;
  }

  /** It begins where another worker's has ended. */
  goOn(ws: FayeWebSocket, bytes: Buffer): void {
    this.#windows.get(ws)?.add(bytes);
  }
}
