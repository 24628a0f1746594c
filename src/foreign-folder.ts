import { opendirSync, unlinkSync } from 'node:fs';

// What is done in a folder that a worker's account owns, while its processes may change it at any time. The folder
// itself must lie in one that only we can change: then nothing leads out of it.

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
