import { join } from 'node:path';
import type { RunFolder } from '../disk/run-folder.ts';
import { sweepStatic } from '../static/prepare.ts';
import { removeRelease } from './remove.ts';
import { publishReleases } from './publish.ts';
import { listReleases, numbersIn } from './store.ts';

/**
 * Removes all releases but the newest `keep`, those that are `inUse`, and those whose files another one uses. What is
 * newer than all of them is being made; what is older and incomplete was cut off, and goes.
 */
export async function pruneReleases(
  { releases, state }: Pick<RunFolder, 'releases' | 'state'>,
  keep: number,
  inUse: readonly number[],
): Promise<void> {
  const all = await listReleases(releases);
  const there = await numbersIn(releases);
  // Whose files a damaged one uses is not known: while it runs, nothing is removed.
  if (there.some((number) => inUse.includes(number) && !all.some((known) => known.number === number))) return;
  const kept = all.filter(({ number }, i) => i >= all.length - keep || inUse.includes(number));
  const needed = new Set(kept.flatMap(({ number, filesOf }) => [number, filesOf ?? number]));
  const old = there.filter((number) => number <= (all.at(-1)?.number ?? 0) && !needed.has(number));
  for (const number of old) {
    // oxlint-disable-next-line no-await-in-loop
    await removeRelease(join(releases, String(number)));
  }
  const indexes = all
    .filter(({ number }) => needed.has(number))
    .flatMap(({ staticIndex }) => staticIndex ?? []);
  await publishReleases({ releases, state });
  await sweepStatic(join(state, 'static'), indexes);
}
