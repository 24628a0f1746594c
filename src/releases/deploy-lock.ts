import { join } from 'node:path';
import { diskFull } from '../disk/disk-full.ts';
import { withLock, type Holder } from '../disk/lock.ts';
import { RadiantError, reasonOf } from '../common/errors.ts';
import type { RunFolder } from '../disk/run-folder.ts';

/**
 * Runs `work` while nobody else deploys this app. `what` tells others what is being deployed. Errors: DEPLOY_LOCKED,
 * naming who does; STATE. A lock that its holder left behind by dying is taken over.
 */
export async function withDeployLock<T>(
  { state }: Pick<RunFolder, 'state'>,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const file = join(state, 'deploy.lock');
  const refuse = (holder: Partial<Holder>): never => {
    throw locked(file, holder);
  };
  let begun = false;
  try {
    return await withLock(file, () => ((begun = true), work()), refuse, what);
  } catch (error) {
    if (begun || error instanceof RadiantError) throw error;
    const message = `${file} cannot be written: ${reasonOf(error)}`;
    throw diskFull(error, state) ?? new RadiantError('STATE', message);
  }
}

function locked(file: string, { user, host, pid, what, since }: Partial<Holder>): RadiantError {
  const remedy = `Wait for it; if it is gone for good, remove ${file}.`;
  if (pid === undefined) return new RadiantError('DEPLOY_LOCKED', `Somebody else deploys: ${file}`, remedy);
  const message = `${user}@${host} (pid ${pid}) has been deploying ${what} since ${since}`;
  return new RadiantError('DEPLOY_LOCKED', message, remedy);
}
