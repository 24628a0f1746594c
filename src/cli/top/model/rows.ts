import type { WorkerStatus } from '../../../running/status.ts';
import { keyOf, type Knowledge, type Track } from './samples.ts';

/** What one line of the table is about. */
export interface Row {
  key: string;
  worker: WorkerStatus;
  sessions: number;
  /** A second. */
  requests: number;
  track: Track;
}

export function rowsOf({ sample, tracks }: Knowledge): Row[] {
  return sample.status.workers.map((worker) => {
    const key = keyOf(worker);
    return {
      key,
      worker,
      sessions: worker.websockets + worker.longPolls,
      requests: sample.rates.get(worker.pid ?? 0) ?? 0,
      track: tracks.get(key)!,
    };
  });
}

/** Where the selection is, also when the selected worker has been replaced. */
export function indexOf(rows: readonly Row[], key: string): number {
  const exact = rows.findIndex((row) => row.key === key);
  if (exact >= 0) return exact;
  return Math.max(
    0,
    rows.findIndex((row) => row.worker.slot === Number.parseInt(key, 10)),
  );
}
