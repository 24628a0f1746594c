/** The bytes of an answer: a file on disk, that may be in the cache. */
export interface Body {
  path: string;
  size: number;
  /** The file must still have this time of change, if that is known. */
  mtimeMs: number | undefined;
  /** When it was last seen to be still that file, and when it was last read from disk (monotonic). */
  lookedAt: number;
  readAt: number;
  /** How often it was wanted; it ages. */
  wanted: number;
  buffer: Buffer | undefined;
  /** Who waits for it while it is being read; `undefined`: it could not be read. */
  waiting: ((buffer: Buffer | undefined) => void)[] | undefined;
}

export const bodyOf = (path: string, size: number, mtimeMs?: number): Body => ({
  path,
  size,
  mtimeMs,
  lookedAt: Number.NEGATIVE_INFINITY,
  readAt: Number.NEGATIVE_INFINITY,
  wanted: 0,
  buffer: undefined,
  waiting: undefined,
});

/** What one worker keeps in memory. */
const defaultLimit = 16 * 1024 * 1024;
/** One file must not push out all others. */
const largest = 1024 * 1024;
/** What comes new must be wanted so many times as often as what it would push out, which slowly ages. */
const advantage = 2;
const aging = 0.99;

/** Files in memory, up to a number of bytes. What was not used for longest is the first to go. */
export class BodyCache {
  readonly #limit: number;
  readonly #bodies = new Set<Body>();
  #bytes = 0;

  constructor(limit: number = defaultLimit) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(body: Body): Buffer | undefined {
    body.wanted += 1;
    if (body.buffer === undefined) return undefined;
    this.#bodies.delete(body);
    this.#bodies.add(body);
    return body.buffer;
  }

  /**
   * Whether it is worth a place. More files than fit, asked for in turn, would otherwise push out each other before
   * any of them is used again.
   */
  admits(body: Body): boolean {
    if (body.size > largest || body.size > this.#limit) return false;
    if (this.#bytes + body.size <= this.#limit) return true;
    const [oldest] = this.#bodies;
    if (oldest === undefined || oldest.wanted * advantage < body.wanted) return true;
    oldest.wanted *= aging;
    return false;
  }

  put(body: Body, buffer: Buffer): void {
    for (const oldest of this.#bodies) {
      if (this.#bytes + body.size <= this.#limit) break;
      this.#bodies.delete(oldest);
      this.#bytes -= oldest.size;
      oldest.buffer = undefined;
    }
    body.buffer = buffer;
    this.#bodies.add(body);
    this.#bytes += body.size;
  }
}
