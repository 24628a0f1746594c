/** What a worker may say in one slice of time; the rest waits on its side. A busy worker stays far below that. */
const sliceMs = 100;
const linesASlice = 500;
const bytesASlice = 1024 * 1024;

/** What is read from. */
export interface Source {
  pause(): unknown;
  resume(): unknown;
}

/**
 * Reads a worker's words no faster than a supervisor can deal with those of all workers: whoever floods it waits, and
 * nobody else does.
 */
export class Intake {
  readonly #source: Source;
  #lines = 0;
  #bytes = 0;
  #slice: NodeJS.Timeout | undefined;
  #paused = false;

  constructor(source: Source) {
    this.#source = source;
  }

  /** What was read. */
  took(lines: number, bytes: number): void {
    this.#lines += lines;
    this.#bytes += bytes;
    this.#slice ??= setTimeout(() => this.#next(), sliceMs).unref();
    if (this.#paused || (this.#lines < linesASlice && this.#bytes < bytesASlice)) return;
    this.#paused = true;
    this.#source.pause();
  }

  #next(): void {
    // What came in one go may be worth several slices.
    this.#lines = Math.max(0, this.#lines - linesASlice);
    this.#bytes = Math.max(0, this.#bytes - bytesASlice);
    const over = this.#lines >= linesASlice || this.#bytes >= bytesASlice;
    this.#slice = over || this.#paused ? setTimeout(() => this.#next(), sliceMs).unref() : undefined;
    if (over || !this.#paused) return;
    this.#paused = false;
    this.#source.resume();
  }

  /** Nothing more is read. */
  end(): void {
    clearTimeout(this.#slice);
  }
}
