import { readlinkSync } from 'node:fs';
import { chmod, mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { swapLink } from '../disk/swap-link.ts';
import { diskFull } from '../disk/disk-full.ts';
import { withLock } from '../disk/lock.ts';
import { RadiantError, reasonOf } from '../common/errors.ts';
import { ownFolder } from '../disk/own-folder.ts';
import type { RunFolder } from '../disk/run-folder.ts';
import { writeStateFile } from '../disk/state-file.ts';
import type { Outcome, Release } from '../running/release.ts';
import { readTextFile } from '../common/text-file.ts';

/** Reads what was staged. Errors: RELEASE_NOT_FOUND, STATE. */
export async function readRelease(releases: string, number: number): Promise<Release> {
  const file = join(releases, String(number), 'release.json');
  try {
    const release = JSON.parse(await readTextFile(file)) as Partial<Release> | null;
    if (release?.number !== number || !release.program || !release.source)
      throw new Error('it does not describe a release');
    return release as Release;
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
  swapLink(current, join('releases', String(number)));
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

/**
 * Takes the next number, for nobody else and never again: the last one given is kept, since the folder of the newest
 * release may be removed. Makes the release's folder, which workers of another user can enter. Errors: STATE.
 */
export async function reserveNumber({
  releases,
  state,
}: Pick<RunFolder, 'releases' | 'state'>): Promise<number> {
  try {
    for (const own of [state, releases]) ownFolder(own, 0o755);
    const last = join(state, 'last-release');
    return await withLock(`${last}.lock`, async () => {
      const number = Math.max(await lastGiven(last), (await numbersIn(releases)).at(-1) ?? 0) + 1;
      await writeStateFile(last, `${number}\n`);
      const folder = join(releases, String(number));
      await mkdir(folder);
      await chmod(folder, 0o755); // whatever the umask
      return number;
    });
  } catch (error) {
    if (error instanceof RadiantError) throw error;
    throw (
      diskFull(error, releases) ??
      new RadiantError('STATE', `No release can be made in ${releases}: ${reasonOf(error)}`)
    );
  }
}

/** 0 before the first; the folders say more where the file is damaged. */
async function lastGiven(file: string): Promise<number> {
  const number = Number(await readTextFile(file).catch(() => '0'));
  return Number.isSafeInteger(number) ? number : 0;
}

export type KnownRelease = Release & { outcome: Outcome };

/** All that were staged, the oldest first. What was cut off in the middle, or is damaged, is none of them. */
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
    const file = join(releases, String(number), 'outcome.json');
    const outcome = JSON.parse(await readTextFile(file)) as Outcome | null;
    return outcome?.state === undefined ? { state: 'staged', at } : outcome;
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
