import type { Config } from '../../config/types.ts';
import type { Deploys } from '../rollout/deploys.ts';
import type { Happening } from '../events/event-bus.ts';
import type { Pool } from '../pool/pool.ts';
import type { DesiredState } from '../desired/desired-state.ts';
import type { Worker } from '../workers/worker.ts';

const everyMs = 1_000;
/** So many looks in a row must find too much: a single one may have come just before the garbage is collected. */
const looksThatCount = 3;

export interface MemoryGuardParts {
  config: Pick<Config, 'maxMemory'>;
  pool: Pick<Pool, 'workers'>;
  desired: Pick<DesiredState, 'stopping' | 'want'>;
  deploys: Pick<Deploys, 'busy'>;
  happened(event: Happening): void;
}

/** Has workers that use more memory than `maxMemory` replaced, one at a time, their successors first. */
export class MemoryGuard {
  readonly #parts: MemoryGuardParts;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #over = new WeakMap<Worker, number>();

  constructor(parts: MemoryGuardParts) {
    this.#parts = parts;
    const { maxMemory } = parts.config;
    if (maxMemory !== undefined) this.#timer = setInterval(() => this.look(maxMemory), everyMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  look(limitBytes: number): void {
    const { pool, desired, deploys } = this.#parts;
    const workers = [...pool.workers.values()];
    for (const worker of workers) {
      const over = worker.load.rssBytes > limitBytes;
      this.#over.set(worker, over ? (this.#over.get(worker) ?? 0) + 1 : 0);
    }
    if (desired.stopping || deploys.busy || workers.some(({ outgoing }) => outgoing !== undefined)) return;
    const fullest = workers
      .filter((worker) => worker.open && this.#over.get(worker)! >= looksThatCount)
      .toSorted((a, b) => b.load.rssBytes - a.load.rssBytes)[0];
    if (fullest !== undefined) this.#replace(fullest, limitBytes);
  }

  #replace(worker: Worker, limitBytes: number): void {
    const { slot, record, load } = worker;
    worker.outgoing = 'memory';
    this.#parts.happened({ type: 'memory', slot, pid: record.pid, rssBytes: load.rssBytes, limitBytes });
    this.#parts.desired.want({ surge: 1 });
  }
}
