import type { Measure } from '../../admin/live/wire.ts';
import type { WorkerStatus } from '../../running/status.ts';
import type { Seen } from './store.ts';

/** One row of the table: a slot, with the process that matters and the one that leaves or comes beside it. */
export interface Row {
  slot: number;
  worker: WorkerStatus;
  other: WorkerStatus | undefined;
  /** What it does now, and its last minutes. */
  numbers: Record<Measure, { now: number; past: readonly number[] }>;
}

const leaving = new Set(['draining', 'standby', 'stopping']);

/** The one that serves comes first, then the one that will. */
const weight = (worker: WorkerStatus, release: number): number =>
  (leaving.has(worker.state) ? 4 : 0) +
  (worker.state === 'ready' ? 0 : 2) +
  (worker.release === release ? 0 : 1);

export function rowsOf({ status, rates, series }: Seen): Row[] {
  const slots = Map.groupBy(status.workers, (worker) => worker.slot);
  return [...slots].map(([slot, workers]): Row => {
    const [worker, other] = workers.toSorted(
      (a, b) => weight(a, status.release) - weight(b, status.release),
    ) as [WorkerStatus, WorkerStatus?];
    const past = series.workers[slot];
    const row = (name: Measure, value: number) => ({ now: value, past: past?.[name] ?? [] });
    const sum = (value: (one: WorkerStatus) => number): number =>
      workers.reduce((total, one) => total + value(one), 0);
    return {
      slot,
      worker,
      other,
      numbers: {
        eventLoop: row('eventLoop', Math.max(...workers.map((one) => one.eventLoopUtilization))),
        memory: row(
          'memory',
          sum((one) => one.rssBytes),
        ),
        sessions: row(
          'sessions',
          sum((one) => one.websockets + one.longPolls),
        ),
        requests: row(
          'requests',
          sum((one) => rates[one.pid ?? 0] ?? 0),
        ),
      },
    };
  });
}

/** What the top of a sparkline stands for: the same in all rows, so that these can be compared. */
export function topsOf(rows: readonly Row[]): Record<Measure, number> {
  const highest = (name: Measure, least: number): number =>
    Math.max(least, ...rows.flatMap(({ numbers }) => [numbers[name].now, ...numbers[name].past.slice(-60)]));
  return {
    eventLoop: 1,
    memory: highest('memory', 64 * 1024 * 1024),
    sessions: highest('sessions', 10),
    requests: highest('requests', 10),
  };
}
