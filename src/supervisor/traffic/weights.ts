import { leadsTo } from '../workers/socket-names.ts';

/** What of a worker its weight follows from. */
export interface Weighed {
  readonly slot: number;
  /** Names lead to it: it takes new clients. */
  readonly living: boolean;
  /** The busy share of its event loop, 0 to 1. */
  readonly busy: number;
}

/** Percent: of a worker that has nothing to do, and of one whose event loop is never free. */
const idle = 100;
const floor = 10;
/**
 * So much of each look counts. Requests follow the weights at once and loads are a second old: without this two workers
 * would take turns at being the busy one.
 */
const share = 0.3;

/**
 * How much a worker should get of what is new, in percent of an idle one, by the busy share of its event loop. Names
 * that lead to the same worker share that. Never 0: HAProxy would send it nobody new at all.
 */
export function weightOf(busy: number, names = 1): number {
  const whole = idle - (idle - floor) * Math.min(1, Math.max(0, busy));
  return Math.max(1, Math.round(whole / names));
}

/** The weights of all slots' names, by who is behind them. */
export class Weights {
  readonly #workers: () => Iterable<Weighed>;
  readonly #slots: number;
  readonly #busy = new WeakMap<Weighed, number>();

  /** `slots`: how many names there are. */
  constructor(workers: () => Iterable<Weighed>, slots: number) {
    this.#workers = workers;
    this.#slots = slots;
  }

  /** To be called each second: workers tell their load as often. */
  look(): void {
    for (const worker of this.#workers()) {
      const before = this.#busy.get(worker) ?? worker.busy;
      this.#busy.set(worker, before + (worker.busy - before) * share);
    }
  }

  /** The weight of a slot's name, in percent; undefined where there is no such slot, or nobody lives. */
  of(slot: number): number | undefined {
    if (slot < 1 || slot > this.#slots) return undefined;
    const living = [...this.#workers()].filter((worker) => worker.living);
    const worker = leadsTo(slot, living);
    if (worker === undefined) return undefined;
    let names = 0;
    for (let other = 1; other <= this.#slots; other += 1) if (leadsTo(other, living) === worker) names += 1;
    return weightOf(this.#busy.get(worker) ?? worker.busy, names);
  }
}
