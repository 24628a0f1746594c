import { appendFileSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';

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
  #first: Mark | undefined;
  #last: Mark | undefined;
  #next: Mark | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** What was written while nobody followed is as old as the file's last change. */
  constructor(log: string) {
    this.#log = log;
    const marks = readMarks(marksPath(log));
    this.#first = marks[0];
    this.#last = marks.at(-1);
    const { size = 0, mtimeMs = 0 } = statSync(log, { throwIfNoEntry: false }) ?? {};
    const known = this.#last ?? { offset: 0, time: 0 };
    if (size > known.offset && mtimeMs - known.time >= everyMs)
      this.#write({ offset: known.offset, time: Math.floor(mtimeMs) });
  }

  /** When the oldest line was written; undefined for an empty log. */
  get since(): number | undefined {
    return this.#first?.time;
  }

  /** What stands from `start` to `end` was written a moment ago. Both are beginnings of lines. */
  note(start: number, end: number, now: number = Date.now()): void {
    if (this.#last === undefined || now - this.#last.time >= everyMs) {
      this.#write({ offset: start, time: now });
    }
    this.#next = { offset: end, time: now };
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#write({ offset: this.#next!.offset, time: Date.now() });
    }, everyMs).unref();
  }

  /** The log begins anew; what it held is the piece `number`, or is gone. */
  cut(number?: number): void {
    this.close();
    this.#first = undefined;
    this.#last = undefined;
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

  #write(mark: Mark): void {
    this.#first ??= mark;
    this.#last = mark;
    try {
      appendFileSync(marksPath(this.#log), `${mark.offset} ${mark.time}\n`, { mode: 0o640 });
    } catch {
      // A full disk: the lines count as older than they are.
    }
  }
}
