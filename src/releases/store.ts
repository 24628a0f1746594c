import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
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

export async function numbersIn(releases: string): Promise<number[]> {
  const names = await readdir(releases).catch(() => []);
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .toSorted((a, b) => a - b);
}

/** Takes the next number, for nobody else: of two that ask at once, the folder decides. Errors: STATE. */
export async function reserveNumber(releases: string): Promise<number> {
  try {
    await mkdir(releases, { recursive: true, mode: 0o755 });
    for (let number = ((await numbersIn(releases)).at(-1) ?? 0) + 1; ; number += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      if (await makeNew(join(releases, String(number)))) return number;
    }
  } catch (error) {
    throw new RadiantError('STATE', `No release can be made in ${releases}: ${reasonOf(error)}`);
  }
}

async function makeNew(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o755 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

export type KnownRelease = Release & { outcome: Outcome };

/** All that were staged, the oldest first. What was cut off in the middle is none of them. */
export async function listReleases(releases: string): Promise<KnownRelease[]> {
  const known: KnownRelease[] = [];
  for (const number of await numbersIn(releases)) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- a handful of small files
      const release = await readRelease(releases, number);
      // oxlint-disable-next-line no-await-in-loop
      known.push({ ...release, outcome: await readOutcome(releases, release) });
    } catch {
      // Another deploy is making it, or was ended while it did.
    }
  }
  return known;
}

async function readOutcome(releases: string, { number, at }: Release): Promise<Outcome> {
  try {
    return JSON.parse(await readFile(join(releases, String(number), 'outcome.json'), 'utf8')) as Outcome;
  } catch {
    return { state: 'staged', at };
  }
}

/** The newest that has not failed. */
export async function newestRelease(releases: string): Promise<Release | undefined> {
  const fine = (await listReleases(releases)).findLast(({ outcome }) => outcome.state !== 'failed');
  if (fine === undefined) return undefined;
  const { outcome: _outcome, ...release } = fine;
  return release;
}
