import type { Family, Series, WorkerMetricName } from '../../protocol/metrics.ts';

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
