import type { Metric } from '../protocol/metrics.ts';

/** A metric as it is written down: all its samples together, as the format asks for. */
export interface Exposed {
  name: string;
  help: string;
  kind: Metric['kind'] | 'summary' | 'untyped';
  samples: Sample[];
}

export interface Sample {
  /** The metric's name, or that with `_bucket`, `_sum` or `_count`. */
  name: string;
  labels: (readonly [name: string, value: string])[];
  value: number;
}

/** Of the text format, version 0.0.4 (Prometheus docs, "Exposition formats"). */
export const contentType = 'text/plain; version=0.0.4; charset=utf-8';

const inHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const inLabel = (text: string): string => inHelp(text).replaceAll('"', '\\"');

const numberText = (value: number): string => {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
};

function line({ name, labels, value }: Sample): string {
  const inside = labels.map(([label, of]) => `${label}="${inLabel(of)}"`).join(',');
  return `${name}${inside === '' ? '' : `{${inside}}`} ${numberText(value)}\n`;
}

/** The text of a scrape. Metrics without samples are left out. */
export function expositionOf(metrics: readonly Exposed[]): string {
  let text = '';
  for (const { name, help, kind, samples } of metrics) {
    if (samples.length === 0) continue;
    text += `# HELP ${name} ${inHelp(help)}\n# TYPE ${name} ${kind}\n`;
    for (const sample of samples) text += line(sample);
  }
  return text;
}

/**
 * The samples of one series. `values` of a histogram: the observations in each bucket, not cumulated, the infinite one
 * last, then their sum.
 */
export function samplesOf(
  name: string,
  { kind, buckets = [] }: Pick<Metric, 'kind' | 'buckets'>,
  labels: Sample['labels'],
  values: readonly number[],
): Sample[] {
  if (kind !== 'histogram') return [{ name, labels, value: values[0]! }];
  let count = 0;
  const samples = [...buckets, Number.POSITIVE_INFINITY].map((bound, i): Sample => {
    count += values[i]!;
    return { name: `${name}_bucket`, labels: [...labels, ['le', numberText(bound)]], value: count };
  });
  samples.push({ name: `${name}_sum`, labels, value: values.at(-1)! });
  samples.push({ name: `${name}_count`, labels, value: count });
  return samples;
}
