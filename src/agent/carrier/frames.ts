import { nextTick, promiseThen, setImmediate } from '../runtime/originals.ts';
import { creditBytes, type StreamEnd } from './stream.ts';

/**
 * A frame: its kind in one byte, a number in four, and behind `data` as many bytes as that says.
 */
const kinds = { data: 1, last: 2, began: 3, answered: 4, credit: 5, end: 6, abort: 7 } as const;
const headBytes = 5;
/** Up to here it is cheaper to copy what is written than to have the kernel gather it. */
const copiedBytes = 16 * 1024;

/** What a carrier writes to. */
export interface Output {
  write(bytes: Buffer): void;
  /** Several writes become one. */
  cork(): void;
  uncork(): void;
  /** After what was written. */
  close(): void;
}

/** Turns what is said into frames, and writes those of one turn of the event loop together. */
export class FrameWriter implements StreamEnd {
  readonly #output: Output;
  #pending: Buffer[] = [];
  #bytes = 0;
  #scheduled = false;
  #closed = false;
  #credit = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  data(bytes: Buffer): void {
    this.#frame(kinds.data, bytes.length);
    this.#add(bytes);
  }

  last(): void {
    this.#frame(kinds.last, 0);
  }

  /** At once: the app that gets the request may not come back. */
  began(): void {
    this.#frame(kinds.began, 0);
    this.flush();
  }

  answered(status: number, last: boolean): void {
    this.#frame(kinds.answered, status * 2 + (last ? 1 : 0));
  }

  credit(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit < creditBytes) return;
    this.#frame(kinds.credit, this.#credit);
    this.#credit = 0;
  }

  end(): void {
    this.#frame(kinds.end, 0);
  }

  abort(): void {
    this.#frame(kinds.abort, 0);
    this.gone();
  }

  gone(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    this.#output.close();
  }

  #frame(kind: number, value: number): void {
    const frame = Buffer.allocUnsafe(headBytes);
    frame[0] = kind;
    frame.writeUInt32BE(value, 1);
    this.#add(frame);
  }

  #add(bytes: Buffer): void {
    if (this.#closed) return;
    this.#pending.push(bytes);
    this.#bytes += bytes.length;
    if (this.#scheduled) return;
    this.#scheduled = true;
    afterThisTurn(this);
  }

  flush(): void {
    this.#scheduled = false;
    if (this.#bytes === 0 || this.#closed) return;
    const pending = this.#pending;
    const bytes = this.#bytes;
    this.#pending = [];
    this.#bytes = 0;
    if (pending.length === 1 || bytes <= copiedBytes) {
      this.#output.write(pending.length === 1 ? pending[0]! : Buffer.concat(pending, bytes));
      return;
    }
    this.#output.cork();
    for (const each of pending) this.#output.write(each);
    this.#output.uncork();
  }
}

const settled = Promise.resolve();

/** When all is done that follows in this turn: an answer that is written also ends in it, whoever wrote it, callback or promise. */
function afterThisTurn(writer: FrameWriter): void {
  const flush = (): void => writer.flush();
  nextTick(() => void Reflect.apply(promiseThen, settled, [flush]));
}

/** Reads frames, however they were cut, and says at `end` what they say. */
export class FrameReader {
  readonly #end: StreamEnd;
  #input: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Bytes of a `data` frame that are still to come. */
  #following = 0;
  #reading = false;

  constructor(end: StreamEnd) {
    this.#end = end;
  }

  read(chunk: Buffer): void {
    const rest = this.#input.length - this.#at;
    this.#input = rest === 0 ? chunk : Buffer.concat([this.#input.subarray(this.#at), chunk]);
    this.#at = 0;
    if (!this.#reading) this.#run();
  }

  /** What is told may run the app's code, which may throw and go on: the frames behind it are still read. */
  #run(): void {
    this.#reading = true;
    let done = false;
    try {
      while (this.#step());
      done = true;
    } finally {
      this.#reading = false;
      if (!done) setImmediate(() => this.#run());
    }
  }

  #step(): boolean {
    const left = this.#input.length - this.#at;
    if (this.#following > 0) {
      if (left === 0) return false;
      const bytes = this.#input.subarray(this.#at, this.#at + Math.min(left, this.#following));
      this.#at += bytes.length;
      this.#following -= bytes.length;
      this.#end.data(bytes);
      return true;
    }
    if (left < headBytes) return false;
    const kind = this.#input[this.#at]!;
    const value = this.#input.readUInt32BE(this.#at + 1);
    this.#at += headBytes;
    this.#tell(kind, value);
    return true;
  }

  #tell(kind: number, value: number): void {
    switch (kind) {
      case kinds.data:
        this.#following = value;
        break;
      case kinds.last:
        this.#end.last();
        break;
      case kinds.began:
        this.#end.began();
        break;
      case kinds.answered:
        this.#end.answered(value >>> 1, (value & 1) === 1);
        break;
      case kinds.credit:
        this.#end.credit(value);
        break;
      case kinds.end:
        this.#end.end();
        break;
      case kinds.abort:
        this.#end.abort();
        break;
      default:
        // No worker of ours.
        this.#end.gone();
    }
  }
}
