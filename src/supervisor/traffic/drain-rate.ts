import type { Worker } from '../workers/worker.ts';

const tickMs = 100;
const adaptEveryMs = 1_000;
/** Goodbyes a second that each receiving worker is first asked to bear: each reconnect runs its publications again. */
const firstRate = 50;
const lowestRate = 1;
/** Below this share of a busy event loop the rate grows, above the other one it falls. */
const calm = 0.6;
const busy = 0.85;
const growth = 1.25;
/** So long before the deadline the last goodbye is due, for clients to hear of it. */
const margin = (limitMs: number): number => Math.min(5_000, limitMs / 5);
/** From `finish` to SIGTERM. */
const grace = (limitMs: number): number => Math.min(3_000, limitMs / 4);

/** Goodbyes a second and receiving worker, after a second at `rate` that made the busiest of them so busy. */
export function nextRate(rate: number, utilization: number): number {
  if (utilization > busy) return Math.max(lowestRate, rate / 2);
  return utilization < calm ? rate * growth : rate;
}

/** A worker that empties: what it still has to say goodbye to, and the time until that must be done. */
export interface Leaving {
  remaining: number;
  msLeft: number;
}

/**
 * How many goodbyes a second each may give: together `rate`, shared by what remains; but each at least what its
 * deadline asks for.
 */
export function shares(rate: number, leaving: readonly Leaving[]): number[] {
  const due = leaving.map(({ remaining, msLeft }) => (remaining * 1000) / Math.max(msLeft, tickMs));
  const all = leaving.reduce((sum, { remaining }) => sum + remaining, 0);
  const spare = Math.max(0, rate - due.reduce((sum, each) => sum + each, 0));
  return leaving.map(({ remaining }, i) => due[i]! + (all === 0 ? 0 : (spare * remaining) / all));
}

/** How long a worker may take to empty, in milliseconds. `hurried`: nobody can reconnect, so there is no pace. */
export interface DrainPace {
  limitMs: number;
  hurried: boolean;
}

/** For an app that stops. Half of the time is left to the app's own ending. */
export const hurried = (killTimeout: number): DrainPace => ({ limitMs: killTimeout / 2, hurried: true });
export const unhurried = (drainTimeout: number): DrainPace => ({ limitMs: drainTimeout, hurried: false });

interface Departure extends DrainPace {
  since: number;
  finishing: boolean;
  /** What its share left over, a part of one goodbye. */
  owed: number;
  /** The report that `given` goodbyes were given after. */
  load: Worker['load'] | undefined;
  given: number;
}

/** Hands out goodbyes to the workers that drain, as fast as those that take their clients bear it. */
export class DrainRate {
  /** The largest number that was given in one second, and how many would have been allowed in it. */
  readonly busiest = { given: 0, limit: 0 };
  readonly #workers: () => Iterable<Worker>;
  readonly #stop: (worker: Worker) => void;
  readonly #departures = new Map<Worker, Departure>();
  #lately: { at: number; given: number; limit: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #rate = firstRate;
  #adaptedAt = 0;

  /** `stop` ends a worker that has had its time. */
  constructor(workers: () => Iterable<Worker>, stop: (worker: Worker) => void) {
    this.#workers = workers;
    this.#stop = stop;
  }

  /** `worker` was just told to drain. It is left alone again when its state is another one. */
  begin(worker: Worker, pace: DrainPace): void {
    const since = performance.now();
    this.#departures.set(worker, {
      ...pace,
      since,
      finishing: false,
      owed: 0,
      load: undefined,
      given: 0,
    });
    if (this.#timer !== undefined) return;
    this.#rate = firstRate;
    this.#adaptedAt = since;
    this.#lately = [];
    Object.assign(this.busiest, { given: 0, limit: 0 });
    this.#timer = setInterval(() => this.tick(), tickMs).unref();
  }

  tick(now = performance.now()): void {
    const open = [...this.#workers()].filter((worker) => worker.open);
    this.#adapt(open, now);
    for (const [worker, departure] of this.#departures) {
      if (worker.state === 'draining') this.#endInTime(worker, departure, now);
      else this.#departures.delete(worker);
    }
    if (this.#departures.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else this.#give(this.#rate * open.length, now);
  }

  #adapt(open: readonly Worker[], now: number): void {
    if (now - this.#adaptedAt < adaptEveryMs) return;
    this.#adaptedAt = now;
    this.#rate = nextRate(this.#rate, Math.max(0, ...open.map(({ load }) => load.eventLoopUtilization)));
  }

  #endInTime(worker: Worker, departure: Departure, now: number): void {
    const { since, limitMs } = departure;
    if (now - since >= limitMs + grace(limitMs)) this.#stop(worker);
    else if (now - since >= limitMs && !departure.finishing) {
      departure.finishing = true;
      worker.send({ type: 'finish' });
    }
  }

  #give(rate: number, now: number): void {
    const entries = [...this.#departures].filter(([{ load }]) => load.goodbyes > 0);
    const leaving = entries.map(([{ load }, departure]) => {
      if (departure.load !== load) Object.assign(departure, { load, given: 0 });
      const end = departure.since + departure.limitMs - margin(departure.limitMs);
      return {
        remaining: Math.max(0, load.goodbyes - departure.given),
        msLeft: departure.hurried ? 0 : end - now,
      };
    });
    const allowed = shares(rate, leaving);
    let given = 0;
    entries.forEach(([worker, departure], i) => {
      departure.owed += (allowed[i]! * tickMs) / 1000;
      const count = Math.min(Math.floor(departure.owed), leaving[i]!.remaining);
      departure.owed = Math.min(departure.owed - count, 1);
      if (count === 0) return;
      worker.send({ type: 'goodbye', count });
      departure.given += count;
      given += count;
    });
    this.#record(
      given,
      allowed.reduce((sum, each) => sum + each, 0),
      now,
    );
  }

  #record(given: number, limit: number, at: number): void {
    this.#lately = [...this.#lately.filter((tick) => at - tick.at < 1000), { at, given, limit }];
    const sum = this.#lately.reduce((total, tick) => total + tick.given, 0);
    if (sum <= this.busiest.given) return;
    this.busiest.given = sum;
    this.busiest.limit = Math.max(...this.#lately.map((tick) => tick.limit));
  }
}
