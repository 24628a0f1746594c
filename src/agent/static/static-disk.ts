import type { ServerResponse } from 'node:http';

import { guarded } from '../runtime/guard.ts';
import { hear } from '../runtime/sockets.ts';
import type { Body } from './static-cache.ts';
import { monotonicNow, closeSync, fstatSync, openSync, read, readSync } from '../runtime/originals.ts';

/** An open file, and by how many answers it is being read. */
export interface OpenFile {
  readonly fd: number;
  users: number;
  dropped: boolean;
}

/** How long a change of a file may go unnoticed. */
const lookMs = 1_000;
/** Opening a file costs about as much as reading it; descriptors are the app's too. */
const mostOpen = 64;

/** The files that are kept open. `open` gives a use of one, `done` takes it back. */
export class OpenFiles {
  readonly #files = new Map<string, OpenFile>();

  /** Undefined when the file has gone or is another one by now. */
  open(body: Body): OpenFile | undefined {
    const { path } = body;
    const file = this.#files.get(path) ?? openFile(body);
    if (file === undefined) return undefined;
    this.#files.delete(path);
    this.#files.set(path, file);
    file.users += 1;
    if (this.#files.size > mostOpen) this.#drop(this.#files.keys().next().value!);
    return file;
  }

  done(file: OpenFile): void {
    file.users -= 1;
    closeUnused(file);
  }

  #drop(path: string): void {
    const file = this.#files.get(path)!;
    this.#files.delete(path);
    file.dropped = true;
    closeUnused(file);
  }
}

function closeUnused(file: OpenFile): void {
  if (file.dropped && file.users === 0) closeSync(file.fd);
}

function openFile(body: Body): OpenFile | undefined {
  let fd = -1;
  try {
    fd = openSync(body.path, 'r');
    const now = monotonicNow();
    if (now - body.lookedAt < lookMs || isSame(fd, body)) {
      if (now - body.lookedAt >= lookMs) body.lookedAt = now;
      return { fd, users: 0, dropped: false };
    }
  } catch {
    // Gone, or no descriptor is left: the app may know what to do.
  }
  if (fd >= 0) closeSync(fd);
  return undefined;
}

function isSame(fd: number, { size, mtimeMs }: Body): boolean {
  const stat = fstatSync(fd);
  return (
    stat.isFile() && stat.size === size && (mtimeMs === undefined || Math.floor(stat.mtimeMs) === mtimeMs)
  );
}

const chunkBytes = 128 * 1024;
const mostPooled = 32;
const pool: Buffer[] = [];

/** Reads a whole file; `done` gets undefined when that fails. */
export function readWhole(file: OpenFile, size: number, done: (buffer: Buffer | undefined) => void): void {
  const buffer = Buffer.allocUnsafeSlow(size);
  const next = (position: number): void => {
    if (position === size) done(buffer);
    else {
      const failed = (): void => done(undefined);
      const take = (error: Error | null, bytes: number): void => {
        if (error || bytes === 0) failed();
        else next(position + bytes);
      };
      const taken = guarded('file', take, failed);
      read(file.fd, buffer, position, size - position, position, taken);
    }
  };
  next(0);
}

/** What was read a short time ago is still in the kernel's memory. */
const warmMs = 30_000;
/** A read that takes longer may have waited for a disk, or only for a core. */
const quickMs = 5;
/** After such a read other threads read for so long. */
const distrustMs = 500;
let distrustedUntil = 0;

/**
 * Reads all of a part that fits into one buffer at once, if it need not wait for the disk: handing the read to
 * another thread and back costs more CPU time than the read. Undefined: it must be read by `sendFrom`.
 */
export function readNow(file: OpenFile, body: Body, { start, length }: Part): Buffer | undefined {
  const now = monotonicNow();
  const warm = now - body.readAt < warmMs && now >= distrustedUntil;
  body.readAt = now;
  if (!warm || length > chunkBytes) return undefined;
  const buffer = pool.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
  try {
    if (readSync(file.fd, buffer, 0, length, start) === length) {
      const then = monotonicNow();
      if (then - now > quickMs) distrustedUntil = then + distrustMs;
      return buffer;
    }
  } catch {
    // `sendFrom` will see it as well.
  }
  giveBack(buffer);
  return undefined;
}

/** Only when nobody uses it any more. */
export function giveBack(buffer: Buffer): void {
  if (pool.length < mostPooled) pool.push(buffer);
}

export interface Part {
  start: number;
  length: number;
}

/**
 * Sends `length` bytes from `start` on as the body of an answer whose head was written, one buffer at a time: the
 * next one is read when the kernel has taken the one before. `done` is called once, however it ends.
 */
export function sendFrom(
  file: OpenFile,
  response: ServerResponse,
  { start, length }: Part,
  done: () => void,
): void {
  const buffer = pool.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
  const end = start + length;
  let position = start;
  let [reading, closed, over] = [false, false, false];
  const finish = (reusable: boolean): void => {
    if (over) return;
    over = true;
    if (reusable) giveBack(buffer);
    done();
  };
  const failed = (): void => {
    reading = false;
    response.destroy();
  };
  const readNext = (): void => {
    if (closed) return;
    reading = true;
    read(file.fd, buffer, 0, Math.min(chunkBytes, end - position), position, taken);
  };
  const take = (error: Error | null, bytes: number): void => {
    reading = false;
    if (error || bytes === 0) response.destroy();
    if (error || bytes === 0 || closed) {
      finish(true);
      return;
    }
    position += bytes;
    const chunk = buffer.subarray(0, bytes);
    if (position === end) response.end(chunk, () => finish(true));
    else response.write(chunk, next);
  };
  const next = guarded('file', readNext, failed);
  const taken = guarded('file', take, failed);
  hear(response, 'close', () => {
    closed = true;
    // What was being written to a client that went away may still be in use: that buffer is not used again. Of an
    // answer that is complete Node tells the end by this event first.
    if (!reading) finish(response.writableFinished);
  });
  next();
}
