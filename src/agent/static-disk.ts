import { closeSync, fstatSync, openSync, read } from 'node:fs';
import type { ServerResponse } from 'node:http';

import type { Body } from './static-cache.ts';

/** An open file, and by how many answers it is being read. */
export interface OpenFile {
  readonly fd: number;
  users: number;
  dropped: boolean;
}

/** Opening a file costs about as much as reading it; descriptors are the app's too. */
const mostOpen = 64;

/** The files that are kept open. `open` gives a use of one, `done` takes it back. */
export class OpenFiles {
  readonly #files = new Map<string, OpenFile>();

  /** Undefined when the file has gone or is another one by now. */
  open({ path, size, mtimeMs }: Body): OpenFile | undefined {
    const open = this.#files.get(path);
    const file = open ?? openFile(path, size, mtimeMs);
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

function openFile(path: string, size: number, mtimeMs: number | undefined): OpenFile | undefined {
  let fd = -1;
  try {
    fd = openSync(path, 'r');
    const stat = fstatSync(fd);
    const same = mtimeMs === undefined || Math.floor(stat.mtimeMs) === mtimeMs;
    if (stat.isFile() && stat.size === size && same) return { fd, users: 0, dropped: false };
  } catch {
    // Gone, or no descriptor is left: the app may know what to do.
  }
  if (fd >= 0) closeSync(fd);
  return undefined;
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
      read(file.fd, buffer, position, size - position, position, (error, bytes) => {
        if (error || bytes === 0) done(undefined);
        else next(position + bytes);
      });
    }
  };
  next(0);
}

/**
 * Sends `length` bytes from `start` on as the body of an answer whose head was written, one buffer at a time: the
 * next one is read when the kernel has taken the one before. `done` is called once, however it ends.
 */
export function sendFrom(
  file: OpenFile,
  response: ServerResponse,
  { start, length }: { start: number; length: number },
  done: () => void,
): void {
  const buffer = pool.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
  const end = start + length;
  let position = start;
  let [reading, closed, over] = [false, false, false];
  const finish = (reusable: boolean): void => {
    if (over) return;
    over = true;
    if (reusable && pool.length < mostPooled) pool.push(buffer);
    done();
  };
  const next = (): void => {
    if (closed) return;
    reading = true;
    read(file.fd, buffer, 0, Math.min(chunkBytes, end - position), position, (error, bytes) => {
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
    });
  };
  response.on('close', () => {
    closed = true;
    // What was being written to a client that went away may still be in use: that buffer is not used again. Of an
    // answer that is complete Node tells the end by this event first.
    if (!reading) finish(response.writableFinished);
  });
  next();
}
