import { randomInt } from 'node:crypto';
import { full } from './full-size.ts';

/**
 * What a machine that looks for faults makes its choices from. An ordinary run always makes the same, so that it tells of
 * this tree and not of luck; at full size (`RADIANT_FULL=1`) each makes others. `RADIANT_SEED` repeats one.
 */
export const seedOfRun = (): string => process.env.RADIANT_SEED ?? (full ? String(randomInt(2 ** 31)) : '1');

/** The same choices for the same seed, on every machine (mulberry32, public domain). */
export class Random {
  #state: number;

  constructor(seed: string) {
    let hash = 2_166_136_261; // FNV-1a
    for (let i = 0; i < seed.length; i += 1) hash = Math.imul(hash ^ seed.charCodeAt(i), 16_777_619);
    this.#state = hash >>> 0;
  }

  /** 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d_2b_79_f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** True in so many of a hundred. */
  percent(chance: number): boolean {
    return this.next() * 100 < chance;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)]!;
  }

  /** So many of what `make` gives. */
  several<T>(from: number, to: number, make: () => T): T[] {
    return Array.from({ length: this.int(from, to) }, make);
  }

  /** Text of characters from `alphabet`. */
  text(alphabet: string, from: number, to: number): string {
    return this.several(from, to, () => alphabet[this.int(0, alphabet.length - 1)]!).join('');
  }

  /** Any bytes, as latin1. */
  bytes(from: number, to: number): string {
    return this.several(from, to, () => String.fromCharCode(this.int(0, 255))).join('');
  }
}
