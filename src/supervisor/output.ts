import { closeSync, fstatSync, openSync, readSync, watch, type FSWatcher } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const kept = 40;
const chunkBytes = 64 * 1024;

/** Follows the file that the workers of a slot write to, line by line, from its end on. */
export class Output {
  readonly path: string;
  readonly #onLine: (line: string) => void;
  readonly #fd: number;
  readonly #watcher: FSWatcher;
  readonly #buffer = Buffer.alloc(chunkBytes);
  #decoder = new StringDecoder('utf8');
  #position: number;
  #rest = '';
  #lines: string[] = [];

  constructor(path: string, onLine: (line: string) => void) {
    this.path = path;
    this.#onLine = onLine;
    this.#fd = openSync(path, 'a+', 0o640);
    this.#position = fstatSync(this.#fd).size;
    this.#watcher = watch(path, () => this.read());
  }

  /** The last lines of the worker that writes now. */
  get lastLines(): string[] {
    return this.#rest === '' ? this.#lines : [...this.#lines, this.#rest];
  }

  /** A new worker writes from here on. */
  forget(): void {
    this.#lines = [];
  }

  /** Reads what is there, at once: after a worker's exit nothing of its last words is missing. */
  read(): void {
    if (fstatSync(this.#fd).size < this.#position) this.#position = 0; // somebody emptied it
    for (;;) {
      const count = readSync(this.#fd, this.#buffer, 0, chunkBytes, this.#position);
      if (count === 0) return;
      this.#position += count;
      const lines = (this.#rest + this.#decoder.write(this.#buffer.subarray(0, count))).split('\n');
      this.#rest = lines.pop()!;
      for (const line of lines) this.#take(line);
    }
  }

  #take(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > kept) this.#lines.shift();
    this.#onLine(line);
  }

  close(): void {
    this.#watcher.close();
    this.read();
    closeSync(this.#fd);
  }
}
