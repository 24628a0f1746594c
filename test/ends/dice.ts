/** Numbers that follow from a seed, the same on every machine (mulberry32, public domain). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** True so often. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** A whole number, `most` included. */
  upTo(most: number): number {
    return Math.floor(this.next() * (most + 1));
  }

  of<T>(...list: readonly T[]): T {
    return list[this.upTo(list.length - 1)]!;
  }

  /** Milliseconds from 0 to `most`: half of them within a tenth, since most awaits are short. */
  soon(most: number): number {
    return this.next() * (this.chance(0.5) ? most / 10 : most);
  }
}
