import type { LogLine } from './wire.ts';

const keptLines = 1_000;
const keptCharacters = 512 * 1024;
const longestLine = 4_000;

/** The last lines that the workers wrote, bounded in number and size. */
export class LogTail {
  readonly #lines: LogLine[] = [];
  #characters = 0;

  add(at: number, slot: number, text: string): LogLine {
    const line = text.length > longestLine ? `${text.slice(0, longestLine)}…` : text;
    const entry = { at, slot, line };
    this.#lines.push(entry);
    this.#characters += line.length;
    while (this.#lines.length > keptLines || this.#characters > keptCharacters) {
      this.#characters -= this.#lines.shift()!.line.length;
    }
    return entry;
  }

  list(): LogLine[] {
    return [...this.#lines];
  }
}
