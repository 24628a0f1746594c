import { epochMs } from '../../common/dates.ts';
import type { Status, WorkerStatus } from '../../running/status.ts';
import { Rates } from '../../control/rates.ts';
import { Ring } from './ring.ts';
import type { Measure, Sample, SeriesView, TotalMeasure, Totals, WorkerNumbers } from './wire.ts';

export const sampleMs = 5_000;
const hour = 3_600_000 / sampleMs;
/** Of single workers ten minutes are kept: 4 KB each. */
const tenMinutes = 600_000 / sampleMs;

export const measures = ['eventLoop', 'memory', 'sessions', 'requests'] as const satisfies Measure[];
export const totalMeasures = [...measures, 'eventLoopMax', 'workers'] as const satisfies TotalMeasure[];

const rings = <M extends string>(names: readonly M[], capacity: number): Record<M, Ring> =>
  Object.fromEntries(names.map((name) => [name, new Ring(capacity)])) as Record<M, Ring>;

/** Four digits are all that a chart shows. */
const short = (number: number): number =>
  number >= 1000 ? Math.round(number) : Number(number.toPrecision(4));

const view = <M extends string>(row: Record<M, Ring>): Record<M, number[]> =>
  Object.fromEntries(
    (Object.entries(row) as [M, Ring][]).map(([name, ring]) => [name, ring.toArray().map(short)]),
  ) as Record<M, number[]>;

/** The last hour of what a status tells, in memory that is taken once and does not grow with time. */
export class Series {
  readonly #rates = new Rates(1);
  readonly #times = new Ring(hour);
  readonly #total = rings(totalMeasures, hour);
  readonly #workers = new Map<number, Record<Measure, Ring>>();

  /** Takes a look, remembers it, and returns it. */
  add(status: Status, now = performance.now(), date = epochMs()): Sample {
    const sample = lookAt(status, this.#rates.look(status.workers, now), date);
    this.#times.push(date);
    for (const name of totalMeasures) this.#total[name].push(sample.total[name]);
    for (const slot of this.#workers.keys()) if (!(slot in sample.workers)) this.#workers.delete(slot);
    for (const [slot, numbers] of Object.entries(sample.workers)) {
      const row = this.#workers.get(Number(slot)) ?? rings(measures, tenMinutes);
      this.#workers.set(Number(slot), row);
      for (const name of measures) row[name].push(numbers[name]);
    }
    return sample;
  }

  view(): SeriesView {
    return {
      everyMs: sampleMs,
      times: this.#times.toArray(),
      total: view(this.#total),
      workers: Object.fromEntries([...this.#workers].map(([slot, row]) => [slot, view(row)])),
    };
  }
}

/** A status as numbers. Two processes of one slot, while one takes over from the other, count together. */
export function lookAt(status: Status, rates: ReadonlyMap<number, number>, at: number): Sample {
  const workers: Record<number, WorkerNumbers> = {};
  const live = status.workers.filter(({ pid, state }) => pid !== null && state !== 'standby');
  for (const worker of status.workers) {
    const numbers = numbersOf(worker, rates);
    const other = workers[worker.slot];
    workers[worker.slot] = other === undefined ? numbers : together(numbers, other);
  }
  const sum = (name: Measure): number =>
    Object.values(workers).reduce((total, worker) => total + worker[name], 0);
  const loops = live.map((worker) => worker.eventLoopUtilization);
  const total: Totals = {
    eventLoop: loops.length === 0 ? 0 : loops.reduce((a, b) => a + b, 0) / loops.length,
    eventLoopMax: Math.max(0, ...loops),
    memory: sum('memory'),
    sessions: sum('sessions'),
    requests: sum('requests'),
    workers: live.filter(({ state }) => state === 'ready').length,
  };
  return { at, total, workers };
}

const numbersOf = (worker: WorkerStatus, rates: ReadonlyMap<number, number>): WorkerNumbers => ({
  eventLoop: worker.eventLoopUtilization,
  memory: worker.rssBytes,
  sessions: worker.websockets + worker.longPolls,
  requests: worker.pid === null ? 0 : (rates.get(worker.pid) ?? 0),
});

const together = (one: WorkerNumbers, other: WorkerNumbers): WorkerNumbers => ({
  eventLoop: Math.max(one.eventLoop, other.eventLoop),
  memory: one.memory + other.memory,
  sessions: one.sessions + other.sessions,
  requests: one.requests + other.requests,
});
