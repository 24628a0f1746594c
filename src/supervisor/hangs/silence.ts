import type { MainThread } from './main-thread.ts';

/** One look at a worker whose event loop may hang. */
export interface Look {
  /** How long it has not told its load. */
  silentMs: number;
  /** How long ago the look before was. */
  elapsedMs: number;
  /** How much later than it should this look comes: the supervisor itself, or the whole machine, stood still. */
  lateMs: number;
  thread: MainThread | undefined;
}

/** How long a worker has been silent through its own fault. */
export class Silence {
  /** It waits for something: it has used no CPU time since the look before. */
  waits = false;
  #silentMs = 0;
  #excusedMs = 0;
  #ticks = 0;

  /** The milliseconds that count. Those don't in which it was stopped, or wanted to run and got no CPU. */
  look({ silentMs, elapsedMs, lateMs, thread }: Look): number {
    if (silentMs < this.#silentMs) this.#excusedMs = 0;
    this.#silentMs = silentMs;
    const idle = thread !== undefined && thread.ticks === this.#ticks;
    this.#ticks = thread?.ticks ?? 0;
    const stopped = thread?.state === 'T' || thread?.state === 't';
    this.waits = idle && !stopped && thread.state !== 'R';
    if (stopped || (idle && thread.state === 'R')) this.#excusedMs += elapsedMs;
    else this.#excusedMs += lateMs;
    return Math.max(0, silentMs - this.#excusedMs);
  }
}
