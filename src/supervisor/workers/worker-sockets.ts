import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunFolder } from '../../disk/run-folder.ts';
import { isRefused } from '../../machine/unix-socket.ts';
import type { WorkerPlan } from './worker-plan.ts';

interface Identity {
  slot: number;
  worker: number;
}

/** More digits would make longer paths of sockets, and these have a limit. */
const largestId = 99_999;

/** The worker's own, for whoever stands in front. */
export const workerSocket = ({ run, launch }: WorkerPlan, { slot, worker }: Identity): string =>
  join(run.sockets, `${launch.config.name}.${slot}.${worker}.sock`);

/** Where its peers come in. */
export const siblingsSocket = (run: RunFolder, worker: number): string =>
  join(run.siblings, `${worker}.sock`);

/** An id that no worker has, nor had when it left something behind: what it moved and what it listened on bear it. */
export function unusedId(plan: WorkerPlan, slot: number, isKnown: (worker: number) => boolean): number {
  for (;;) {
    const worker = randomInt(1, largestId + 1);
    const sockets = [workerSocket(plan, { slot, worker }), siblingsSocket(plan.run, worker)];
    if (!isKnown(worker) && !sockets.some((path) => existsSync(path))) return worker;
  }
}

/**
 * Removes the sockets that workers have left which were killed together with their supervisor. Only what is there now is
 * looked at, but for those `inUse`, and only where nobody listens it is removed.
 */
export async function sweepSockets(
  { sockets, siblings }: RunFolder,
  inUse: ReadonlySet<string>,
): Promise<void> {
  const paths = [sockets, siblings].flatMap((folder) =>
    readdirSync(folder).map((name) => join(folder, name)),
  );
  for (const path of paths.filter((left) => !inUse.has(left))) {
    // oxlint-disable-next-line no-await-in-loop -- one connection at a time is enough
    if (await isRefused(path)) await unlink(path).catch(() => {});
  }
}
