import type { Tally } from '../../protocol/messages.ts';

/** No more addresses are told of at a time; those that have least are left out. */
const mostTold = 500;

/** The addresses of a map with what `count` says of each, the largest first. */
export function busiest<T>(entries: Iterable<readonly [string, T]>, count: (value: T) => number): Tally {
  return Array.from(entries, ([address, value]) => ({ address, count: count(value) }))
    .sort((a, b) => b.count - a.count)
    .slice(0, mostTold);
}

/**
 * A map of at most `most` entries, which forgets those that were not asked for longest. It does so by halves: to take
 * the oldest entry out of a large Map again and again would scan the holes that the ones before left.
 */
export class LruMap<T> {
  readonly #half: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  constructor(most: number) {
    this.#half = Math.max(1, Math.floor(most / 2));
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: string): T | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.#old.delete(key);
    this.set(key, old);
    return old;
  }

  /** Adds an entry that is not there. */
  set(key: string, value: T): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
