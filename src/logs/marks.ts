import { appendFileSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { epochMs } from '../common/dates.ts';

/** What stands in a log from this offset on was written at this time (milliseconds since the epoch), or later. */
export interface Mark {
  offset: number;
  time: number;
}

const everyMs = 1000;

/** Beside `1.log` stands `1.times`, beside its piece 17 `1.times.17`. */
export const marksPath = (log: string, piece?: number): string =>
  `${log.replace(/\.log$/, '')}.times${piece === undefined ? '' : `.${piece}`}`;

/** One line a mark: the offset and the time. The last one counts where two have the same offset. */
export function readMarks(path: string): Mark[] {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [offset = NaN, time = NaN] = line.split(' ').map(Number);
    return Number.isFinite(offset + time) ? { offset, time } : [];
  });
}

/**
 * The times of a log, written beside it, for nothing is added to the app's own lines: at most one mark a second while
 * something is written, and one after that.
 */
export class Marks {
  readonly #log: string;
  /** When the oldest line was written, and the last mark; monotonic. */
  #begunAt: number | undefined;
  #markedAt = Number.NEGATIVE_INFINITY;
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  /** What was written while nobody followed is as old as the file's last change. */
  constructor(log: string) {
    this.#log = log;
    const marks = readMarks(marksPath(log));
    const { size = 0, mtimeMs = 0 } = statSync(log, { throwIfNoEntry: false }) ?? {};
    const known = marks.at(-1) ?? { offset: 0, time: 0 };
    if (size > known.offset && mtimeMs - known.time >= everyMs) {
      marks.push({ offset: known.offset, time: Math.floor(mtimeMs) });
      this.#write(marks.at(-1)!);
    }
    // Only its date tells how old that is; from here on no change of the clock counts.
    if (marks[0] !== undefined) this.#begunAt = performance.now() - Math.max(0, epochMs() - marks[0].time);
  }

  /** How long ago the oldest line was written; undefined for an empty log. */
  get ageMs(): number | undefined {
    return this.#begunAt === undefined ? undefined : performance.now() - this.#begunAt;
  }

  /** What stands from `start` to `end` was written a moment ago. Both are beginnings of lines. */
  note(start: number, end: number): void {
    if (performance.now() - this.#markedAt >= everyMs) this.#mark(start);
    this.#next = end;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#mark(this.#next);
    }, everyMs).unref();
  }

  /** The log begins anew; what it held is the piece `number`, or is gone. */
  cut(number?: number): void {
    this.close();
    this.#begunAt = undefined;
    this.#markedAt = Number.NEGATIVE_INFINITY;
    try {
      if (number === undefined) rmSync(marksPath(this.#log), { force: true });
      else renameSync(marksPath(this.#log), marksPath(this.#log, number));
    } catch {
      // There were none.
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #mark(offset: number): void {
    this.#markedAt = performance.now();
    this.#begunAt ??= this.#markedAt;
    this.#write({ offset, time: epochMs() });
  }

  #write({ offset, time }: Mark): void {
    try {
      appendFileSync(marksPath(this.#log), `${offset} ${time}\n`, { mode: 0o640 });
    } catch {
      // A full disk: the lines count as older than they are.
    }
  }
}
