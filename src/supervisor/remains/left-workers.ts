import { reasonOf } from '../../common/errors.ts';
import { keepRecords, recordsIn, sameProcess, type WorkerRecord } from '../../machine/worker-record.ts';
import type { WorkerPlan } from '../workers/worker-plan.ts';
import { siblingsSocket, sweepSockets, workerSocket } from '../workers/worker-sockets.ts';

/** The workers of an earlier supervisor. */
export interface LeftWorkers {
  living: WorkerRecord[];
  /** They have died with it. */
  dead: WorkerRecord[];
}

/** Finds the workers that an earlier supervisor has left, and removes what is left of dead ones. */
export function findLeftWorkers(plan: WorkerPlan): LeftWorkers {
  const { run } = plan;
  const known = recordsIn(run.workers);
  const living = known.filter(sameProcess);
  keepRecords(run.workers, living);
  const inUse = living.flatMap((record) => [workerSocket(plan, record), siblingsSocket(run, record.worker)]);
  sweepSockets(run, new Set(inUse)).catch((error: unknown) => {
    console.error(`old sockets stay: ${reasonOf(error)}`);
  });
  return { living, dead: known.filter((record) => !living.includes(record)) };
}
