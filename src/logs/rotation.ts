import {
  closeSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { reasonOf } from '../common/errors.ts';
import { compress } from './compress.ts';
import { marksPath, type Marks } from './marks.ts';
import { liveNumber, oldPieces, piecePath, removeOld } from './pieces.ts';
import { holdWriters, releaseWriters } from './writers.ts';

export interface RotationLimits {
  /** Bytes. */
  size: number;
  /** How many old pieces stay. */
  keep: number;
  /** Milliseconds from the first line on. */
  age: number;
}

/** Who follows a log, and must know when it begins anew. */
export interface Follower {
  /** Nobody writes any more: what was not read yet can be read now. */
  drain(): void;
  /** The file is empty. */
  begin(): void;
}

const chunkBytes = 256 * 1024;
/** A rotation that was not possible is tried again after a pause, which grows. */
const firstPauseMs = 500;
const longestPauseMs = 60_000;
/** How many times its limit a log may grow while that is not possible. */
const mostOver = 4;

/**
 * Keeps a log that others write to within its limits. They hold its descriptor and cannot be given another one, so the
 * file is copied and emptied. No line is lost: the most is copied while they go on; for the rest, and until the file is
 * empty, they are stopped.
 */
export class Rotation {
  readonly #path: string;
  readonly #limits: RotationLimits;
  readonly #marks: Marks;
  readonly #follower: Follower | undefined;
  #busy = false;
  #notBefore = 0;
  #pause = firstPauseMs;
  #compressed: Promise<void> = Promise.resolve();

  constructor(path: string, limits: RotationLimits, marks: Marks, follower?: Follower) {
    this.#path = path;
    this.#limits = limits;
    this.#marks = marks;
    this.#follower = follower;
    recover(path);
  }

  /** Rotates if it is time to. Never rejects: what cannot be done now (a full disk) is tried again later. */
  async look(): Promise<void> {
    const now = performance.now();
    if (this.#busy || now < this.#notBefore || !this.#due()) return;
    this.#busy = true;
    try {
      const piece = await this.#cut();
      removeOld(this.#path, this.#limits.keep, (number) => [marksPath(this.#path, number)]);
      this.#compressLater(piece);
      this.#pause = firstPauseMs;
    } catch (error) {
      this.#notBefore = now + this.#pause;
      this.#pause = Math.min(2 * this.#pause, longestPauseMs);
      if (this.#pause === longestPauseMs)
        console.error(`${this.#path} cannot be rotated: ${reasonOf(error)}`);
    } finally {
      this.#busy = false;
    }
  }

  /** One piece after the other; the next rotation need not wait. */
  #compressLater(piece: string): void {
    this.#compressed = this.#compressed
      .then(() => compress(piece))
      .catch((error: unknown) => console.error(`${piece} stays as it is: ${reasonOf(error)}`));
  }

  #due(): boolean {
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    const { ageMs = 0 } = this.#marks;
    return size >= this.#limits.size || (size > 0 && ageMs >= this.#limits.age);
  }

  async #cut(): Promise<string> {
    const number = liveNumber(oldPieces(this.#path));
    const piece = piecePath(this.#path, number);
    const made = `${piece}.new`;
    try {
      const copied = await copyMost(this.#path, made);
      this.#finish(made, copied, number);
      return piece;
    } catch (error) {
      rmSync(made, { force: true });
      throw error;
    }
  }

  /** In one go: whoever looks finds the lines in the file or in the piece, and who is stopped goes on in the end. */
  #finish(made: string, copied: number, number: number): void {
    const live = openSync(this.#path, 'r+');
    const copy = openSync(made, 'r+');
    const letGo = holdWriters(this.#path);
    try {
      // Whoever will not stop loses lines, before it fills the disk.
      const tooLarge = fstatSync(live).size > mostOver * this.#limits.size;
      if (letGo === undefined && !tooLarge) throw new Error('a process that writes to it does not stop');
      copyRest(live, copy, copied);
      const { atime, mtime } = fstatSync(live);
      futimesSync(copy, atime, mtime);
      this.#follower?.drain();
      renameSync(made, piecePath(this.#path, number));
      this.#marks.cut(number);
      ftruncateSync(live, 0);
      this.#follower?.begin();
    } finally {
      letGo?.();
      closeSync(copy);
      closeSync(live);
    }
  }
}

/** Copies what is there, beside those who write; gives the number of bytes. */
async function copyMost(from: string, to: string): Promise<number> {
  const [live, copy] = await Promise.all([open(from, 'r'), open(to, 'w', 0o640)]);
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    const { size } = await live.stat();
    let copied = 0;
    // Not to the end at any price: they may write faster than this copies.
    while (copied < 2 * size) {
      // oxlint-disable-next-line no-await-in-loop -- one chunk after the other
      const { bytesRead } = await live.read(buffer, 0, chunkBytes, copied);
      // oxlint-disable-next-line no-await-in-loop
      await copy.appendFile(buffer.subarray(0, bytesRead));
      copied += bytesRead;
      if (bytesRead < chunkBytes) break;
    }
    return copied;
  } finally {
    await Promise.all([live.close(), copy.close()]);
  }
}

function copyRest(live: number, copy: number, from: number): void {
  const { size } = fstatSync(live);
  if (size < from) throw new Error('somebody else has emptied it');
  const buffer = Buffer.allocUnsafe(chunkBytes);
  // A writer that could not be found, by another descriptor, may write faster than this copies.
  for (let at = from; at < size;) {
    const count = readSync(live, buffer, 0, Math.min(chunkBytes, size - at), at);
    if (count === 0) return;
    for (let done = 0; done < count;) done += writeSync(copy, buffer, done, count - done, at + done);
    at += count;
  }
}

/**
 * Mends what a supervisor left that was killed in the middle of a rotation. Those it had stopped go on. A piece whose
 * content still stands in the file is dropped: the file was not emptied any more.
 */
function recover(path: string): void {
  const unfinished = readdirSync(dirname(path)).filter(
    (name) => name.startsWith(`${basename(path)}.`) && name.endsWith('.new'),
  );
  const plain = oldPieces(path).filter(({ gzip }) => !gzip);
  if (unfinished.length === 0 && plain.length === 0) return;
  releaseWriters(path);
  for (const name of unfinished) rmSync(join(dirname(path), name), { force: true });
  for (const piece of plain) {
    if (beginsWith(path, piece.path)) {
      rmSync(piece.path);
      rmSync(marksPath(path, piece.number), { force: true });
    } else {
      compress(piece.path).catch((error: unknown) => console.error(`${piece.path}: ${reasonOf(error)}`));
    }
  }
}

function beginsWith(file: string, other: string): boolean {
  const [a, b] = [openSync(file, 'r'), openSync(other, 'r')];
  try {
    const { size } = fstatSync(b);
    if (size === 0 || fstatSync(a).size < size) return false;
    const [left, right] = [Buffer.alloc(chunkBytes), Buffer.alloc(chunkBytes)];
    for (let at = 0; at < size; at += chunkBytes) {
      const count = readSync(b, right, 0, chunkBytes, at);
      readSync(a, left, 0, count, at);
      if (!left.subarray(0, count).equals(right.subarray(0, count))) return false;
    }
    return true;
  } finally {
    closeSync(a);
    closeSync(b);
  }
}
