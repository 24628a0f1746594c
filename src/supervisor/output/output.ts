import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { Marks } from '../../logs/marks.ts';
import { Rotation, type RotationLimits } from '../../logs/rotation.ts';
import { Tail } from '../../common/tail.ts';
import { FileWatch } from './file-watch.ts';
import { LineHeads } from './line-heads.ts';

const lastWords = { entries: 40, characters: 32 * 1024 };
const chunkBytes = 64 * 1024;
/** So many lines are told in one go: a worker that writes faster than they are read must not hold up all else. */
const linesAtOnce = 5_000;
const chunksAtOnce = 16;

/** Follows the file that the workers of a slot write to, line by line, from its end on, and rotates it. */
export class Output {
  readonly path: string;
  readonly #onLine: (line: string) => void;
  readonly #fd: number;
  readonly #watch: FileWatch;
  readonly #marks: Marks;
  readonly #rotation: Rotation;
  readonly #buffer = Buffer.alloc(chunkBytes);
  readonly #splitter = new LineHeads();
  #position: number;
  readonly #last = new Tail<string>(lastWords, (line) => line.length);
  #reading = false;
  #closed = false;

  constructor(path: string, limits: RotationLimits, onLine: (line: string) => void) {
    this.path = path;
    this.#onLine = onLine;
    this.#fd = openSync(path, 'a+', 0o640);
    this.#marks = new Marks(path);
    this.#rotation = new Rotation(path, limits, this.#marks, {
      drain: () => this.#closed || this.#catchUp(),
      begin: () => {
        this.#position = 0;
      },
    });
    this.#position = fstatSync(this.#fd).size;
    this.#watch = new FileWatch(path, () => this.#readOn());
  }

  /** The last lines of the worker that writes now. */
  get lastLines(): string[] {
    return this.#last.list();
  }

  /** Nobody has removed the file or its folder. */
  get isThere(): boolean {
    return existsSync(this.path);
  }

  /** A new worker writes from here on. */
  forget(): void {
    this.#last.clear();
  }

  /** Reads what is there, at once: after a worker's exit nothing of its last words is missing. */
  readAll(): void {
    this.#catchUp();
    const rest = this.#splitter.take();
    if (rest !== undefined) this.#take(rest);
  }

  /** Rotates the file if it is time to. */
  look(): void {
    void this.#rotation.look();
  }

  #readOn(): void {
    if (this.#reading) return;
    if (fstatSync(this.#fd).size < this.#position) this.#begin(); // somebody emptied it
    let lines = 0;
    for (let chunks = 0; ; chunks += 1) {
      const more = this.#readChunk();
      if (more === undefined) break;
      lines += more;
      if (chunks < chunksAtOnce && lines < linesAtOnce) continue;
      this.#reading = true;
      setImmediate(() => {
        this.#reading = false;
        if (!this.#closed) this.#readOn();
      });
      break;
    }
    this.look();
  }

  /** How many lines ended in it; undefined when nothing more is there. */
  #readChunk(): number | undefined {
    const count = readSync(this.#fd, this.#buffer, 0, chunkBytes, this.#position);
    if (count === 0) return undefined;
    const start = this.#position - this.#splitter.waiting;
    const lines = this.#splitter.split(this.#buffer.subarray(0, count));
    this.#position += count;
    this.#marks.note(Math.max(0, start), Math.max(0, this.#position - this.#splitter.waiting));
    for (const line of lines) this.#take(line);
    return lines.length;
  }

  /** Reads what is there, at once. Where that is too much, only its end is told: the file has all of it. */
  #catchUp(): void {
    const end = fstatSync(this.#fd).size;
    for (let lines = 0; this.#position < end;) {
      if (lines > linesAtOnce && this.#position < end - chunkBytes) {
        this.#splitter.take();
        this.#position = end - chunkBytes;
      }
      const more = this.#readChunk();
      if (more === undefined) return;
      lines += more;
    }
  }

  #begin(): void {
    this.#position = 0;
    this.#marks.cut();
  }

  #take(line: string): void {
    this.#last.add(line);
    this.#onLine(line);
  }

  close(): void {
    this.#watch.close();
    this.readAll();
    this.#closed = true;
    this.#marks.close();
    closeSync(this.#fd);
  }
}
