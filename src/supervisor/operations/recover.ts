import { join } from 'node:path';
import { recoverLaunch } from '../../disk/read-launch.ts';
import { currentRelease, numbersIn, pointCurrent, readRelease } from '../../releases/store.ts';
import type { Release } from '../../running/release.ts';
import { reasonOf } from '../../common/errors.ts';
import type { RunFolder } from '../../disk/run-folder.ts';
import { removeDrafts } from '../../disk/state-file.ts';
import type { Launch } from '../../running/launch.ts';

/** What a supervisor begins with. */
export interface Beginning {
  launch: Launch;
  release: Release;
  /** What was wrong with the files that say so. */
  said: string[];
}

/** Reads what the supervisor before has kept, and mends what is damaged. Errors: those of `readLaunch`. */
export async function recover(run: RunFolder): Promise<Beginning> {
  const outcomes = (await numbersIn(run.releases)).map((number) =>
    join(run.releases, String(number), 'outcome.json'),
  );
  for (const path of [run.launch, run.maintenance, run.started, run.adminToken, ...outcomes])
    removeDrafts(path);
  const { launch, said } = await recoverLaunch(run);
  const number = currentRelease(run) ?? launch.release.number;
  if (number === launch.release.number) return { launch, release: launch.release, said };
  try {
    return { launch, said, release: await readRelease(run.releases, number) };
  } catch (error) {
    const { release } = launch;
    pointCurrent(run, release.number);
    const text = `release ${number} cannot be started: ${reasonOf(error)}; release ${release.number} serves instead`;
    return { launch, release, said: [...said, text] };
  }
}
