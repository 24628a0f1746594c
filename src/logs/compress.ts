import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat, utimes } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';

const chunkBytes = 64 * 1024;

/** Puts `<path>.gz` in the place of a file that nobody writes to. A reader finds one of the two at any moment. */
export async function compress(path: string): Promise<void> {
  const made = `${path}.gz.new`;
  try {
    const { mtime, mode } = await stat(path);
    const gzip = createGzip();
    await Promise.all([feed(gzip, path), pipeline(gzip, createWriteStream(made, { mode }))]);
    await utimes(made, mtime, mtime);
    await rename(made, `${path}.gz`);
    await rm(path);
  } catch (error) {
    await rm(made, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // it was removed meanwhile: it was too old
    throw error;
  }
}

/** With one buffer for all of it: a stream's own buffers would stay in memory until the next full collection of garbage. */
async function feed(gzip: Gzip, path: string): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  const file = await open(path, 'r');
  try {
    for (;;) {
      // oxlint-disable no-await-in-loop -- one chunk after the other
      const { bytesRead } = await file.read(buffer, 0, chunkBytes);
      if (bytesRead === 0) break;
      await new Promise<void>((resolve, reject) => {
        gzip.write(buffer.subarray(0, bytesRead), (error) => (error ? reject(error) : resolve()));
      });
      // oxlint-enable no-await-in-loop
    }
    gzip.end();
  } catch (error) {
    gzip.destroy(error as Error);
    throw error;
  } finally {
    await file.close();
  }
}
