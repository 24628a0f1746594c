import { noStats, type ReleaseStats } from './release-stats.ts';
import type { Load, Worker } from '../workers/worker.ts';

const everyMs = 1_000;
/** So many looks back are remembered: what a new release is compared with. */
const remembered = 60;
/** An event loop that has stood still for so long hangs: agents report each second. */
const hangMs = 10_000;
/** Of so many releases is remembered what they did: the one that serves, and those that it may go back to. */
const mostReleases = 8;

/** What a release did, and its total at each of the last looks while it served. */
interface Service {
  readonly total: ReleaseStats;
  readonly past: ReleaseStats[];
}

/** Counts what workers do, by the phase that they belong to and by their release. */
export class Observations {
  readonly #workers: () => Iterable<Worker>;
  readonly #phases = new Map<number, ReleaseStats>();
  /** The one that served last is the last one. */
  readonly #releases = new Map<number, Service>();
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
    if (this.#hanging.has(worker)) return; // ended because it hangs: that has been counted
    this.#count(worker, 'crashes', 1);
  }

  #count(worker: Worker, what: keyof ReleaseStats, more: number): void {
    this.of(worker.phase)[what] += more;
    this.#service(worker.release).total[what] += more;
  }

  /** What the workers of one phase did. */
  of(phase: number): ReleaseStats {
    const known = this.#phases.get(phase) ?? { ...noStats };
    this.#phases.set(phase, known);
    return known;
  }

  #service(release: number): Service {
    const known = this.#releases.get(release) ?? { total: { ...noStats }, past: [] };
    this.#releases.set(release, known);
    return known;
  }

  /** What a release did in the last minute in which it served: that may lie before a bad one that was left again. */
  lately(release: number): ReleaseStats {
    const { total, past } = this.#service(release);
    const { requests, failures, crashes, hangs } = total;
    const before = past[0] ?? noStats;
    return {
      requests: requests - before.requests,
      failures: failures - before.failures,
      crashes: crashes - before.crashes,
      hangs: hangs - before.hangs,
    };
  }

  #look(): void {
    const serving = new Set<number>();
    for (const worker of this.#workers()) {
      if (!worker.open) continue;
      serving.add(worker.release);
      if (worker.silentMs < hangMs || this.#hanging.has(worker)) continue;
      this.#hanging.add(worker);
      this.#count(worker, 'hangs', 1);
    }
    for (const release of serving) this.#served(release);
  }

  #served(release: number): void {
    const service = this.#service(release);
    service.past.push({ ...service.total });
    if (service.past.length > remembered) service.past.shift();
    this.#releases.delete(release);
    this.#releases.set(release, service);
    if (this.#releases.size > mostReleases) this.#releases.delete(this.#releases.keys().next().value!);
  }
}
