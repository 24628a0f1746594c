import type { Readable } from 'node:stream';

/** Characters. Longer lines are no message of ours. */
const longestLine = 4 * 1024 * 1024;

/** Cuts text into lines, as it comes. Lines that are too long are left out, and never kept. */
export class Lines {
  #parts: string[] = [];
  #length = 0;
  #tooLong = false;

  /** The line that has begun is too long. */
  get tooLong(): boolean {
    return this.#tooLong;
  }

  /** The lines that end in `text`, without their newlines. */
  take(text: string): string[] {
    const [first, ...others] = text.split('\n');
    this.#add(first!);
    const ended: string[] = [];
    for (const next of others) {
      if (!this.#tooLong) ended.push(this.#parts.join(''));
      this.#parts = [];
      this.#length = 0;
      this.#tooLong = false;
      this.#add(next);
    }
    return ended;
  }

  #add(part: string): void {
    this.#length += part.length;
    this.#tooLong = this.#length > longestLine;
    if (this.#tooLong) this.#parts = [];
    else if (part !== '') this.#parts.push(part);
  }
}

/**
 * Calls `onLine` for each line of a stream of UTF-8 text, without its newline, and `took` behind those that came
 * together. A stream with a line that is no message of ours is destroyed.
 */
export function readLines(
  stream: Readable,
  onLine: (line: string) => void,
  took?: (lines: number, characters: number) => void,
): void {
  const lines = new Lines();
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const ended = lines.take(text);
    if (lines.tooLong) stream.destroy();
    for (const line of ended) onLine(line);
    took?.(ended.length, text.length);
  });
}
