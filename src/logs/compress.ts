import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat, utimes } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Puts `<path>.gz` in the place of a file that nobody writes to. A reader finds one of the two at any moment. */
export async function compress(path: string): Promise<void> {
  const made = `${path}.gz.new`;
  try {
    const { mtime, mode } = await stat(path);
    await pipeline(createReadStream(path), createGzip(), createWriteStream(made, { mode }));
    await utimes(made, mtime, mtime);
    await rename(made, `${path}.gz`);
    await rm(path);
  } catch (error) {
    await rm(made, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // it was removed meanwhile: it was too old
    throw error;
  }
}
