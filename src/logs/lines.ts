const newline = 0x0a;
const nothing = Buffer.alloc(0);
/** A longer line counts as several. */
const longestLine = 1 << 20;

export interface Line {
  text: string;
  /** Where it begins, in bytes from the beginning of the chunk that ends it: below 0 if it began before that. */
  start: number;
}

/** Cuts a stream of bytes into lines. */
export class LineSplitter {
  #rest: Buffer = nothing;

  /** How many bytes wait for their line break. */
  get waiting(): number {
    return this.#rest.length;
  }

  split(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const before = this.#rest.length;
      const part = chunk.subarray(start, end);
      const text = before === 0 ? part.toString() : Buffer.concat([this.#rest, part]).toString();
      lines.push({ text, start: start - before });
      this.#rest = nothing;
      start = end + 1;
    }
    const end = chunk.subarray(start);
    if (end.length > 0) this.#rest = Buffer.concat([this.#rest, end]); // a copy: the chunk may be used again
    if (this.#rest.length > longestLine)
      lines.push({ start: chunk.length - this.#rest.length, text: this.take()! });
    return lines;
  }

  /** What waits for its line break, as a line. */
  take(): string | undefined {
    if (this.#rest.length === 0) return undefined;
    const text = this.#rest.toString();
    this.#rest = nothing;
    return text;
  }
}
