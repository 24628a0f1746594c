import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RadiantError, reasonOf } from '../errors.ts';
import type { RunFolder } from '../run-folder.ts';
import { writeStateFile } from '../state-file.ts';
import type { Outcome, Release } from './types.ts';

/** Reads what was staged. Errors: RELEASE_NOT_FOUND, STATE. */
export async function readRelease(releases: string, number: number): Promise<Release> {
  const file = join(releases, String(number), 'release.json');
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Release;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new RadiantError('RELEASE_NOT_FOUND', `There is no release ${number}`);
    }
    throw new RadiantError('STATE', `${file} cannot be read: ${reasonOf(error)}`);
  }
}

export function writeOutcome(releases: string, number: number, outcome: Outcome): Promise<void> {
  return writeStateFile(join(releases, String(number), 'outcome.json'), JSON.stringify(outcome));
}

/** Makes a release the one that serves: in one step, and for agents and the next supervisor to see. */
export function pointCurrent({ current }: Pick<RunFolder, 'current'>, number: number): void {
  rmSync(`${current}.new`, { force: true });
  symlinkSync(join('releases', String(number)), `${current}.new`);
  renameSync(`${current}.new`, current);
}

/** The release that serves, or served last; undefined before the first. */
export function currentRelease({ current }: Pick<RunFolder, 'current'>): number | undefined {
  try {
    const number = Number(basename(readlinkSync(current)));
    return Number.isSafeInteger(number) ? number : undefined;
  } catch {
    return undefined;
  }
}
