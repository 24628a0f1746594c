import { RadiantError, reasonOf } from '../common/errors.ts';
import { withDeployLock } from '../releases/deploy-lock.ts';
import { pruneReleases } from '../releases/prune.ts';
import { readRelease } from '../releases/store.ts';
import type { RunFolder } from '../disk/run-folder.ts';
import type { DeployReport, Fleet } from '../running/operations.ts';
import type { Status } from '../running/status.ts';

/**
 * Has an earlier release take over again, as `radiant rollback` does. It goes on when whoever asked for it has gone.
 * Errors: RELEASE_NOT_FOUND, DEPLOY_FAILED, DEPLOY_LOCKED, OPERATION_FAILED.
 */
export function rollBack(fleet: Fleet, run: RunFolder, keep: number, release: number): Promise<DeployReport> {
  return withDeployLock(run, `release ${release} again, from the page`, async () => {
    await readRelease(run.releases, release);
    const status = fleet.status();
    if (status.release === release)
      throw new RadiantError('OPERATION_FAILED', `release ${release} serves already`, 'Choose another one');
    const surge = status.scaling.wanted;
    const request = { release, strategy: 'blue-green' as const, surge, watch: 0 };
    const report = await fleet.deploy(request, new AbortController().signal);
    await pruneReleases(run, keep, inUse(fleet.status())).catch((error: unknown) => {
      console.error(`old releases could not be removed: ${reasonOf(error)}`);
    });
    return report;
  });
}

const inUse = ({ release, rollout, workers }: Status): number[] => [
  release,
  ...workers.map((worker) => worker.release),
  ...(rollout ? [rollout.to] : []),
];
