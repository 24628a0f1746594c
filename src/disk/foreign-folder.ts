import { constants, opendirSync, unlinkSync, type Stats } from 'node:fs';
import { open, readlink, type FileHandle } from 'node:fs/promises';
import { sep } from 'node:path';

// What is done in a folder that a worker's account owns, while its processes may change it at any time. The folder
// itself must lie in one that only we can change: then nothing leads out of it.

/**
 * Opens a file below `root` for an account's sake: undefined for what that account could not read itself, and for what a
 * link leads to outside. Both are asked of what was opened: the way there may change at any time.
 */
export async function openFor(
  account: { uid: number; gid: number } | undefined,
  root: string,
  path: string,
): Promise<FileHandle | undefined> {
  // A pipe would be waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (file === undefined || account === undefined || process.geteuid?.() !== 0) return file;
  const info = await file.stat();
  const real = await readlink(`/proc/self/fd/${file.fd}`).catch(() => path);
  if (info.isFile() && mayRead(account, info) && real.startsWith(root + sep)) return file;
  await file.close();
  return undefined;
}

function mayRead({ uid, gid }: { uid: number; gid: number }, info: Stats): boolean {
  if (info.uid === uid) return (info.mode & 0o400) !== 0;
  return (info.mode & (info.gid === gid ? 0o040 : 0o004)) !== 0;
}

/** Removes an entry, whatever it is; a folder, that somebody has put in the place of a file, stays. */
export function removeEntry(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone, or none of ours any more.
  }
}

/** The names in a folder, some of them where they are many; none, where there is no folder. */
export function someNames(folder: string, most: number): string[] {
  const names: string[] = [];
  try {
    const opened = opendirSync(folder);
    for (let entry = opened.readSync(); entry !== null && names.length < most; entry = opened.readSync()) {
      names.push(entry.name);
    }
    opened.closeSync();
  } catch {
    // It is not there.
  }
  return names;
}
