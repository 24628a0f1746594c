import { noConduct, type Conduct } from './watch.ts';
import type { Load, Worker } from './worker.ts';

const everyMs = 1_000;
/** So many looks back are remembered: what a new release is compared with. */
const remembered = 60;
/** An event loop that has stood still for so long hangs: agents report each second. */
const hangMs = 10_000;

/** Counts what workers do, by the phase that they belong to and together. */
export class Observations {
  readonly #workers: () => Iterable<Worker>;
  readonly #phases = new Map<number, Conduct>();
  readonly #total: Conduct = { ...noConduct };
  /** The total of each of the last seconds. */
  readonly #past: Conduct[] = [];
  readonly #hanging = new WeakSet<Worker>();
  readonly #timer = setInterval(() => this.#look(), everyMs).unref();

  constructor(workers: () => Iterable<Worker>) {
    this.#workers = workers;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  reported(worker: Worker, load: Load): void {
    this.#hanging.delete(worker);
    // A worker that an earlier supervisor has heard of tells all that it ever did.
    if (!worker.heard) return;
    this.#count(worker, 'requests', load.requests - worker.load.requests);
    this.#count(worker, 'failures', load.failures - worker.load.failures);
  }

  crashed(worker: Worker): void {
    this.#count(worker, 'crashes', 1);
  }

  #count(worker: Worker, what: keyof Conduct, more: number): void {
    const phase = this.of(worker.phase);
    phase[what] += more;
    this.#total[what] += more;
  }

  /** What the workers of one phase did. */
  of(phase: number): Conduct {
    const known = this.#phases.get(phase) ?? { ...noConduct };
    this.#phases.set(phase, known);
    return known;
  }

  /** What all workers did in the last minute. */
  get lately(): Conduct {
    const before = this.#past[0] ?? noConduct;
    const { requests, failures, crashes, hangs } = this.#total;
    return {
      requests: requests - before.requests,
      failures: failures - before.failures,
      crashes: crashes - before.crashes,
      hangs: hangs - before.hangs,
    };
  }

  #look(): void {
    this.#past.push({ ...this.#total });
    if (this.#past.length > remembered) this.#past.shift();
    for (const worker of this.#workers()) {
      if (!worker.open || worker.silentMs < hangMs || this.#hanging.has(worker)) continue;
      this.#hanging.add(worker);
      this.#count(worker, 'hangs', 1);
    }
  }
}
