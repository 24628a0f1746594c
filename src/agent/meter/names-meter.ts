import { mostNames } from '../../protocol/metrics.ts';

/** What was counted under one name. */
export interface NameTally {
  count: number;
  errors: number;
  seconds: number;
}

const other = 'other';
const longest = 100;

/** Counts by name, for a bounded number of names: clients can make up as many as they like. */
export class NamesMeter {
  readonly #tallies = new Map<string, NameTally>();
  readonly #known: (name: string) => boolean;

  /** `known`: the app has something of this name. */
  constructor(known: (name: string) => boolean) {
    this.#known = known;
  }

  of(name: unknown): NameTally {
    const key = typeof name === 'string' ? name : other;
    const tally = this.#tallies.get(key);
    if (tally !== undefined) return tally;
    const fits = key.length <= longest && this.#tallies.size < mostNames && this.#known(key);
    if (!fits && key !== other) return this.of(other);
    const fresh = { count: 0, errors: 0, seconds: 0 };
    this.#tallies.set(key, fresh);
    return fresh;
  }

  /** By name, one of the figures. */
  *values(figure: keyof NameTally): Generator<readonly [string, number]> {
    for (const [name, tally] of this.#tallies) yield [name, tally[figure]];
  }
}
