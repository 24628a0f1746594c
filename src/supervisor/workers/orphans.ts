import type { Worker } from './worker.ts';

/**
 * Workers of an earlier supervisor have no channel to this one, so no connection can move from or to them: what belongs
 * elsewhere they must forward, and a WebSocket for as long as it lives. So they accept nothing more as soon as
 * another worker does.
 */
export function shutOrphans(workers: Iterable<Worker>): void {
  const all = [...workers];
  if (!all.some(({ child, open }) => child !== undefined && open)) return;
  for (const worker of all) if (isOrphan(worker) && worker.open) worker.send({ type: 'shut' });
}

export const isOrphan = ({ child }: Worker): boolean => child === undefined;
