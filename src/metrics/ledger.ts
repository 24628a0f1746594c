import { mostSeries, workerMetrics, type Family, type Metric, type Series } from '../protocol/metrics.ts';

type Values = readonly number[];

export const metricOf = (name: string): Metric | undefined =>
  Object.hasOwn(workerMetrics, name) ? workerMetrics[name as keyof typeof workerMetrics] : undefined;

const isSound = ({ kind, labels, buckets = [] }: Metric, series: Series): boolean =>
  series.labels.length === labels.length &&
  series.values.length === (kind === 'histogram' ? buckets.length + 2 : 1) &&
  (kind === 'gauge' || series.values.every((value) => value >= 0));

/**
 * Millionths: sums of these are the same in whatever order they are made. Else the end of one of two workers could
 * take the last digit of a counter down, and Prometheus would see it start again from zero.
 */
const rounded = (value: number): number => (Number.isInteger(value) ? value : Math.round(value * 1e6) / 1e6);

/** What of a worker's word can be counted: the supervisor may be root, the worker an untrusted user's. */
export function soundFamilies(families: readonly Family[]): Family[] {
  return families.flatMap(({ name, series }) => {
    const metric = metricOf(name);
    if (metric === undefined) return [];
    const sound = series.slice(0, mostSeries).filter((each) => isSound(metric, each));
    return [{ name, series: sound.map(({ labels, values }) => ({ labels, values: values.map(rounded) })) }];
  });
}

const keyOf = (labels: readonly string[]): string => JSON.stringify(labels);

/** Series of several processes, added up by their labels. */
export class Ledger {
  readonly #families = new Map<string, Map<string, Values>>();

  /** `countersOnly`: of a process that has ended; what it had open ended with it. */
  add(families: readonly Family[], countersOnly = false): void {
    for (const { name, series } of families) {
      const metric = metricOf(name)!;
      if (countersOnly && metric.kind === 'gauge') continue;
      for (const each of series) this.#addSeries(name, metric, each);
    }
  }

  #addSeries(name: string, metric: Metric, { labels, values }: Series): void {
    const known = this.#families.get(name) ?? new Map<string, Values>();
    this.#families.set(name, known);
    const key = keyOf(labels);
    const before = known.get(key);
    if (before === undefined && known.size >= mostSeries) return;
    known.set(key, before === undefined ? values : together(metric, before, values));
  }

  get families(): Family[] {
    return Array.from(this.#families, ([name, known]) => ({
      name,
      series: Array.from(known, ([key, values]) => ({
        labels: JSON.parse(key) as string[],
        values: [...values],
      })),
    }));
  }
}

const together = (metric: Metric, a: Values, b: Values): Values =>
  a.map((value, i) => (metric.together === 'max' ? Math.max(value, b[i]!) : rounded(value + b[i]!)));
