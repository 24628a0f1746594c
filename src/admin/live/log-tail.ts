import { Tail } from '../../common/tail.ts';
import type { LogLine } from './wire.ts';

const limits = { entries: 1_000, characters: 512 * 1024 };
const longestLine = 4_000;

/** The last lines that the workers wrote. */
export class LogTail {
  readonly #tail = new Tail<LogLine>(limits, ({ line }) => line.length);

  add(at: number, slot: number, text: string): LogLine {
    const line = text.length > longestLine ? `${text.slice(0, longestLine)}…` : text;
    const entry = { at, slot, line };
    this.#tail.add(entry);
    return entry;
  }

  list(): LogLine[] {
    return this.#tail.list();
  }
}
