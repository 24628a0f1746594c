import { existsSync, statSync } from 'node:fs';
import { epochMs } from '../common/dates.ts';
import { Levels, type Level } from './levels.ts';
import { LogReader, type PlacedLine } from './log-reader.ts';
import { marksPath, readMarks, type Mark } from './marks.ts';
import { liveNumber, oldPieces, type Place } from './pieces.ts';

/** The log of one slot of a release. */
export interface LogFile {
  path: string;
  slot: number;
  release: number;
}

/** A line of a worker; `time` is milliseconds since the epoch, exact to about a second. */
export interface LogEntry {
  time: number;
  slot: number;
  release: number;
  level: Level;
  line: string;
}

/** Marks stand a second apart. */
const slackMs = 1000;

/** Reads a slot's log, and knows when its lines were written, and their levels. */
export class TimedReader {
  readonly #file: LogFile;
  readonly #reader: LogReader;
  readonly #levels = new Levels();
  #piece = -1;
  #marks: Mark[] = [];
  #next = 0;

  constructor(file: LogFile, from: Place = { piece: 0, offset: 0 }) {
    this.#file = file;
    this.#reader = new LogReader(file.path, from);
  }

  /** Some of the lines that were not read yet; undefined when no more are there at the moment. */
  async some(): Promise<LogEntry[] | undefined> {
    const lines = await this.#reader.some();
    if (lines === undefined) return undefined;
    // New lines of the file that is written to may have new marks.
    if (lines.length > 0) this.#piece = -1;
    return lines.map((line) => this.#entry(line));
  }

  get waiting(): number {
    return this.#reader.waiting;
  }

  /** The last line, though no line break has come. */
  takeRest(): LogEntry | undefined {
    const rest = this.#reader.takeRest();
    return rest && this.#entry(rest);
  }

  #entry({ place, line }: PlacedLine): LogEntry {
    const { slot, release } = this.#file;
    return { time: this.#timeOf(place), slot, release, level: this.#levels.of(line), line };
  }

  #timeOf({ piece, offset }: Place): number {
    if (piece !== this.#piece) {
      this.#piece = piece;
      this.#marks = marksOf(this.#file.path, piece);
      this.#next = 0;
    }
    while ((this.#marks[this.#next]?.offset ?? Infinity) <= offset) this.#next += 1;
    return (this.#marks[this.#next - 1] ?? this.#marks[0])?.time ?? epochMs();
  }
}

/** Those of an old piece, or of the file that is written to; a log without any is as old as its last change. */
function marksOf(path: string, piece: number): Mark[] {
  const old = marksPath(path, piece);
  const live = readMarks(marksPath(path));
  // Looked for afterwards: a rotation in between has moved them.
  const marks = existsSync(old) ? readMarks(old) : live;
  if (marks.length > 0) return marks;
  const rotated = oldPieces(path).find(({ number }) => number === piece);
  const { mtimeMs = 0 } = statSync(rotated?.path ?? path, { throwIfNoEntry: false }) ?? {};
  return [{ offset: 0, time: Math.floor(mtimeMs) }];
}

/** Where the first line stands that may have been written at `since` or later. */
export function placeSince(path: string, since: number): Place {
  const pieces = oldPieces(path);
  const first = pieces.find(
    (piece) => (statSync(piece.path, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= since - slackMs,
  );
  const piece = first?.number ?? liveNumber(pieces);
  const before = marksOf(path, piece).findLast(({ time }) => time < since - slackMs);
  return { piece, offset: before?.offset ?? 0 };
}

export const notBefore = ({ time }: LogEntry, since: number): boolean => time >= since - slackMs;
