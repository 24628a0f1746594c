const newline = 0x0a;
const nothing = Buffer.alloc(0);
/** Bytes of a line that are told: the log has all of it. */
const longestHead = 8 * 1024;

/** Cuts a stream of bytes into lines, of which it keeps the beginnings only: an app may print lines of any length. */
export class LineHeads {
  #head: Buffer = nothing;
  #length = 0;

  /** How many bytes wait for their line break. */
  get waiting(): number {
    return this.#length;
  }

  split(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#add(chunk.subarray(start, end));
      lines.push(this.#line());
      start = end + 1;
    }
    this.#add(chunk.subarray(start));
    return lines;
  }

  /** What waits for its line break, as a line. */
  take(): string | undefined {
    return this.#length === 0 ? undefined : this.#line();
  }

  #add(part: Buffer): void {
    const room = longestHead - this.#head.length;
    // A copy: the chunk may be used again.
    if (room > 0 && part.length > 0) this.#head = Buffer.concat([this.#head, part.subarray(0, room)]);
    this.#length += part.length;
  }

  #line(): string {
    const text = this.#length > longestHead ? `${beginning(this.#head)}…` : this.#head.toString();
    this.#head = nothing;
    this.#length = 0;
    return text;
  }
}

/** A character of several bytes may have been cut at the end. */
const beginning = (bytes: Buffer): string => bytes.toString().replace(/\uFFFD+$/, '');
