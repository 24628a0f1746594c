import { nextRate } from './drain-rate.ts';
import type { Worker } from '../workers/worker.ts';

const tickMs = 250;
const adaptEveryMs = 1_000;
/** Sessions a second that each new worker is first asked to take: each one runs its publications again. */
const firstRate = 20;
/** No more than this share of what a worker holds is moved at once. */
export const largestShare = 0.5;
/** Fewer than this above the mean are not worth a reconnect. */
const worthwhile = 5;

/** What each worker holds above the mean, as far as it may be sent away. */
export function excess(clients: readonly number[]): number[] {
  const mean = clients.reduce((sum, each) => sum + each, 0) / clients.length;
  return clients.map((each) => {
    const above = Math.min(Math.floor(each - mean), Math.floor(each * largestShare));
    return above >= worthwhile ? above : 0;
  });
}

/**
 * After more workers have come: sends idle WebSocket sessions away from the full ones, as fast as the new ones bear
 * their return, so that the full ones come down to the mean.
 */
export class Rebalance {
  readonly #workers: () => Iterable<Worker>;
  readonly #left = new Map<Worker, number>();
  #timer: NodeJS.Timeout | undefined;
  #rate = firstRate;
  #adaptedAt = 0;
  #owed = 0;
  /** So many workers are to be ready before anybody is sent away. */
  #wanted: number | undefined;

  constructor(workers: () => Iterable<Worker>) {
    this.#workers = workers;
  }

  /** The wanted number of workers has changed. */
  scaled(from: number, to: number): void {
    this.#wanted = to > from ? to : undefined;
  }

  look(): void {
    if (this.#wanted === undefined || this.#open.length < this.#wanted) return;
    this.#wanted = undefined;
    this.#begin(performance.now());
  }

  #begin(now: number): void {
    const open = this.#open;
    const budgets = excess(open.map(({ clients }) => clients));
    this.#left.clear();
    open.forEach((worker, index) => budgets[index]! > 0 && this.#left.set(worker, budgets[index]!));
    this.#rate = firstRate;
    this.#adaptedAt = now;
    this.#owed = 0;
    if (this.#left.size > 0) this.#timer ??= setInterval(() => this.tick(), tickMs).unref();
  }

  get #open(): Worker[] {
    return [...this.#workers()].filter((worker) => worker.open && worker.outgoing === undefined);
  }

  tick(now = performance.now()): void {
    const open = this.#open;
    for (const worker of this.#left.keys()) if (!open.includes(worker)) this.#left.delete(worker);
    const receivers = open.filter((worker) => !this.#left.has(worker));
    if (this.#left.size === 0 || receivers.length === 0) {
      this.close();
      return;
    }
    if (now - this.#adaptedAt >= adaptEveryMs) {
      this.#adaptedAt = now;
      this.#rate = nextRate(this.#rate, Math.max(...receivers.map(({ load }) => load.eventLoopUtilization)));
    }
    this.#owed += (this.#rate * receivers.length * tickMs) / 1000;
    for (const [worker, left] of this.#left) {
      const count = Math.min(left, Math.ceil(this.#owed / this.#left.size), Math.floor(this.#owed));
      if (count <= 0) continue;
      this.#owed -= count;
      if (count === left) this.#left.delete(worker);
      else this.#left.set(worker, left - count);
      worker.sendAway(count);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#left.clear();
  }
}
