import type { Family, Series, WorkerMetricName } from '../../protocol/metrics.ts';

/** Counts durations into fixed buckets, as a histogram metric needs them. */
export class Distribution {
  count = 0;
  sum = 0;
  readonly #bounds: readonly number[];
  readonly #counts: number[];

  /** `bounds`: the buckets' upper bounds (inclusive), ascending; what is above the last is counted too. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = [...bounds, Number.POSITIVE_INFINITY].map(() => 0);
  }

  add(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]!) bucket += 1;
    this.#counts[bucket]! += 1;
    this.count += 1;
    this.sum += value;
  }

  /** The counts of all buckets, then the sum. */
  get values(): number[] {
    return [...this.#counts, this.sum];
  }
}

export const family = (name: WorkerMetricName, series: Series[]): Family => ({ name, series });

/** A metric without labels. */
export const single = (name: WorkerMetricName, value: number): Family =>
  family(name, [{ labels: [], values: [value] }]);

/** A metric with one label: its values by that of the label. */
export const byLabel = (name: WorkerMetricName, values: Iterable<readonly [string, number]>): Family =>
  family(
    name,
    Array.from(values, ([label, value]) => ({ labels: [label], values: [value] })),
  );
