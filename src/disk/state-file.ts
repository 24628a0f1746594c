import { existsSync, readdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { draftName, replaceFile } from './replace-file.ts';

/** The last write of each file that has not ended: one file is written by one at a time, in the order of the calls. */
const writing = new Map<string, Promise<void>>();

/**
 * Replaces a file so that a crash, also of the machine, leaves the old text or the new one, readable by its owner only.
 * When that fails, a full disk for instance, nothing is left beside it.
 */
export function writeStateFile(path: string, text: string | Buffer): Promise<void> {
  const before = writing.get(path) ?? Promise.resolve();
  const written = before.catch(() => {}).then(() => replace(path, text));
  writing.set(path, written);
  const forget = (): void => void (writing.get(path) === written && writing.delete(path));
  written.then(forget, forget);
  return written;
}

async function replace(path: string, text: string | Buffer): Promise<void> {
  await replaceFile(path, 0o600, async (file) => {
    await file.writeFile(text);
    await file.sync();
  });
  await syncFolder(dirname(path));
}

/** Removes what a process that was killed while it wrote has left beside a file, or its copy: for who alone writes it. */
export function removeDrafts(path: string): void {
  const folder = dirname(path);
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (name.startsWith(basename(path)) && draftName.test(name)) rmSync(join(folder, name), { force: true });
  }
}

/** Where a file's name leads is kept in its folder (fsync(2)). */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
