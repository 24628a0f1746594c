import type { WorkerStatus } from '../running/status.ts';

interface Look {
  at: number;
  /** By pid: a new process counts from nothing. */
  requests: Map<number, number>;
}

/** Agents report each second, whenever theirs begins: over three looks, a second apart, a rate is steady. */
const steady = 3;

/** Requests a second, from counters that are looked at now and then. */
export class Rates {
  readonly #looks: Look[] = [];
  readonly #over: number;

  /** @param over How many looks back a rate is taken over. */
  constructor(over = steady) {
    this.#over = over;
  }

  /** By pid, since `over` looks ago; a worker that was not there then counts from its start. */
  look(workers: readonly WorkerStatus[], now: number): Map<number, number> {
    const before = this.#looks[0];
    const requests = new Map<number, number>();
    const rates = new Map<number, number>();
    for (const { pid, requests: count } of workers) {
      if (pid === null) continue;
      requests.set(pid, count);
      // Of workers that are older than this supervisor nothing is known: their first count is no rate.
      const earlier = before === undefined ? count : (before.requests.get(pid) ?? 0);
      const seconds = before === undefined ? 1 : Math.max(0.001, (now - before.at) / 1000);
      rates.set(pid, Math.max(0, count - earlier) / seconds);
    }
    this.#looks.push({ at: now, requests });
    if (this.#looks.length > this.#over) this.#looks.shift();
    return rates;
  }
}
