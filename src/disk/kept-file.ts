import { readFileSync, renameSync, rmSync } from 'node:fs';
import { reasonOf } from '../common/errors.ts';
import { writeStateFile } from './state-file.ts';
import { readTextFileSync } from '../common/text-file.ts';

/*
 * State that an app cannot do without is kept twice: whatever damages a file (a disk, an editor, a copy that was cut off),
 * the other one says the same.
 */

const copyOf = (path: string): string => `${path}.copy`;
const asideOf = (path: string): string => `${path}.damaged`;

/** What a file says, and what is wrong with the file itself: then its copy says it. */
export interface Kept<T> {
  value: T;
  damage?: string;
}

/** The copy first: a write that fails leaves the file as it is. */
export async function writeKept(path: string, text: string): Promise<void> {
  await writeStateFile(copyOf(path), text);
  await writeStateFile(path, text);
}

/** `parse` throws at what cannot have been written. Errors: those of the file itself, where the copy is no better. */
export function readKept<T>(path: string, parse: (text: string) => T): Kept<T> {
  try {
    return { value: parse(readTextFileSync(path)) };
  } catch (error) {
    try {
      return { value: parse(readTextFileSync(copyOf(path))), damage: reasonOf(error) };
    } catch {
      throw error;
    }
  }
}

/** Sets a damaged file aside, to be looked at, and has its copy take its place. Returns what to say of it. */
export async function mendKept(path: string, damage: string): Promise<string> {
  try {
    renameSync(path, asideOf(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await writeStateFile(path, readFileSync(copyOf(path), 'utf8'));
  return `${path} could not be read (${damage}): its copy is used, and what was there is ${asideOf(path)}`;
}

export function removeKept(path: string): void {
  for (const file of [path, copyOf(path), asideOf(path)]) rmSync(file, { force: true });
}
