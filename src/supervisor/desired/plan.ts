import type { Slot } from '../pool/slots.ts';
import { type WorkerState, isLeaving } from '../../running/worker-state.ts';

/** What should be. */
export interface Desired {
  /** So many take clients. */
  workers: number;
  /** So many more have started, and take clients as soon as one of those ends. */
  spare: number;
  /** Workers of an older phase are to be replaced: that is all a rolling restart is. */
  phase: number;
  /** So many workers more than usual may live while others are replaced. */
  surge: number;
  /** The phase of a new release that is not let in yet: its workers start beside the others. */
  next?: number;
}

/** What planning needs to know of a worker. */
export interface ObservedWorker {
  slot: number;
  phase: number;
  state: WorkerState;
  /** Another one shall take its place, whatever its phase: why. */
  outgoing?: string | undefined;
}

export type Step<W extends ObservedWorker> = { start: number; phase: number } | { drain: W } | { admit: W };

/** What limits the starts of one round. */
interface Room {
  /** Workers that start at the moment. */
  starting: number;
  readonly startLimit: number;
}

const isOld = ({ phase, outgoing }: ObservedWorker, desired: Desired): boolean =>
  phase < desired.phase || outgoing !== undefined;

/**
 * Whether a worker that has started is to take clients, or is one too many: a spare. Which slot it has says nothing: a
 * spare keeps its own when it takes the place of another.
 */
export function needed(desired: Desired, workers: Iterable<ObservedWorker>, worker: ObservedWorker): boolean {
  const serving = [...workers].filter(
    ({ slot, state, phase }) => state === 'ready' && phase !== desired.next && slot !== worker.slot,
  );
  return new Set(serving.map(({ slot }) => slot)).size < desired.workers;
}

/**
 * The next steps from what is to what should be; `workers` in the order of their starts. A slot whose worker is old
 * gets its new one first, as `surge` allows; a slot without a worker gets one as soon as its `retryAt` has come, at most
 * `startLimit` at once.
 */
export function plan<W extends ObservedWorker>(
  desired: Desired,
  workers: readonly W[],
  slots: ReadonlyMap<number, Slot>,
  startLimit: number,
  now: number,
): Step<W>[] {
  const steps: Step<W>[] = [];
  const staying = workers.filter((worker) => !isLeaving(worker));
  const room = { starting: staying.filter((worker) => worker.state === 'starting').length, startLimit };
  const slotCount = desired.workers + desired.spare;
  // Who is kept warm in case that a release is left again takes no part.
  let extra = workers.filter(({ state }) => state !== 'standby').length - slotCount;
  const heir = staying.find(
    (worker) => worker.state === 'spare' && !isOld(worker, desired) && needed(desired, workers, worker),
  );
  if (heir !== undefined) steps.push({ admit: heir });
  /** Slots that need a new worker: without one, and with an old one. */
  const [empty, served]: [number[], number[]] = [[], []];
  for (const worker of staying) if (worker.slot > slotCount) steps.push({ drain: worker });
  for (let slot = 1; slot <= slotCount; slot += 1) {
    const here = staying.filter((worker) => worker.slot === slot && worker.phase !== desired.next);
    const currents = here.filter((worker) => !isOld(worker, desired));
    const ready =
      currents.find((worker) => worker.state === 'ready') ??
      currents.find((worker) => worker.state === 'spare' && worker !== heir);
    // What was wanted may have changed while a worker was being replaced: then all are old, and one is enough.
    const newest = ready ?? here.findLast((worker) => worker.state === 'ready');
    for (const worker of here) {
      if (worker !== newest && (ready !== undefined || worker.state === 'ready'))
        steps.push({ drain: worker });
    }
    if (currents.length > 0 || (slots.get(slot)?.retryAt ?? 0) > now) continue;
    const replaces = workers.some(
      (worker) => worker.slot === slot && isOld(worker, desired) && worker.state !== 'starting',
    );
    (replaces ? served : empty).push(slot);
  }
  // Slots without any worker first: what is over is for the others.
  for (const slot of [...empty, ...served]) {
    if (room.starting >= startLimit || (served.includes(slot) && extra >= desired.surge)) continue;
    steps.push({ start: slot, phase: desired.phase });
    room.starting += 1;
    extra += 1;
  }
  steps.push(...surplus(desired, staying));
  return desired.next === undefined ? steps : [...steps, ...newWorkers(desired, desired.next, staying, room)];
}

/** With spares there may be more that take clients than are wanted: the last one goes, and comes again as a spare. */
function surplus<W extends ObservedWorker>(desired: Desired, staying: readonly W[]): Step<W>[] {
  if (desired.spare === 0 || staying.some((worker) => isOld(worker, desired))) return [];
  const serving = staying.filter(
    ({ slot, state, phase }) =>
      state === 'ready' && phase !== desired.next && slot <= desired.workers + desired.spare,
  );
  if (serving.length <= desired.workers) return [];
  return [{ drain: serving.toSorted((a, b) => b.slot - a.slot)[0]! }];
}

/** Starts of a new release: its first worker alone, since an app's migrations must not run several times at once. */
function newWorkers<W extends ObservedWorker>(
  { workers, surge }: Desired,
  phase: number,
  staying: readonly W[],
  room: Room,
): Step<W>[] {
  const steps: Step<W>[] = [];
  const here = staying.filter((worker) => worker.phase === phase);
  const allowed = here.some((worker) => worker.state === 'ready') ? Math.min(surge, workers) : 1;
  for (let slot = 1; slot <= workers; slot += 1) {
    if (here.length + steps.length >= allowed || room.starting >= room.startLimit) break;
    if (here.some((worker) => worker.slot === slot)) continue;
    steps.push({ start: slot, phase });
    room.starting += 1;
  }
  return steps;
}
