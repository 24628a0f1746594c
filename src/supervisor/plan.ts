import type { Slot } from './slots.ts';
import type { WorkerState } from './types.ts';

/** What should be. */
export interface Desired {
  workers: number;
  /** Workers of an older phase are to be replaced: that is all a rolling restart is. */
  phase: number;
}

/** What planning needs to know of a worker. */
export interface Seen {
  slot: number;
  phase: number;
  state: WorkerState;
}

export type Step<W extends Seen> = { start: number } | { drain: W };

const leaving = ({ state }: Seen): boolean => state === 'draining' || state === 'stopping';

/**
 * The next steps from what is to what should be. A slot whose worker is old gets its new one first, one slot at a
 * time; a slot without a worker gets one as soon as its `retryAt` has come, at most `startLimit` at once.
 */
export function plan<W extends Seen>(
  desired: Desired,
  workers: readonly W[],
  slots: ReadonlyMap<number, Slot>,
  startLimit: number,
  now: number,
): Step<W>[] {
  const steps: Step<W>[] = [];
  const staying = workers.filter((worker) => !leaving(worker));
  let starting = staying.filter((worker) => worker.state === 'starting').length;
  let surge = workers.length - desired.workers;
  for (const worker of staying) if (worker.slot > desired.workers) steps.push({ drain: worker });
  for (let slot = 1; slot <= desired.workers; slot += 1) {
    const here = staying.filter((worker) => worker.slot === slot);
    const current = here.find((worker) => worker.phase >= desired.phase);
    const old = here.filter((worker) => worker.phase < desired.phase);
    if (current !== undefined) {
      if (current.state === 'ready') for (const worker of old) steps.push({ drain: worker });
      continue;
    }
    if ((slots.get(slot)?.retryAt ?? 0) > now || starting >= startLimit) continue;
    const replaces = old.some((worker) => worker.state === 'ready');
    if (replaces && surge >= 1) continue;
    steps.push({ start: slot });
    starting += 1;
    surge += 1;
  }
  return steps;
}
