import type { AppFamily, AppSample } from '../protocol/metrics.ts';
import type { Exposed, Sample } from './exposition.ts';

/** So many samples are kept of what the ended workers of one slot counted. */
const mostPast = 5_000;

/** Metrics and labels are named so (Prometheus docs, "Data model"). */
const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const longestLabel = 1_000;

const kinds = new Set(['counter', 'gauge', 'histogram', 'summary']);
/** The parts of a metric that may be added up and never go backwards. */
const counts = (kind: string, name: string): boolean =>
  kind === 'counter' || kind === 'histogram' || (kind === 'summary' && /_(?:sum|count)$/.test(name));

interface Entry {
  help: string;
  kind: string;
  samples: Map<string, AppSample>;
}

/** Metrics of the app's own, of all workers of one slot. Of samples that cannot be added up the last one counts. */
export class AppLedger {
  readonly #entries = new Map<string, Entry>();
  #size = 0;

  /** `countersOnly`: of a process that has ended. */
  add(families: readonly AppFamily[], countersOnly = false): void {
    for (const { name, help, kind, samples } of families) {
      const entry = this.#entries.get(name) ?? { help, kind, samples: new Map<string, AppSample>() };
      // Another release may have made something else of it.
      if (entry.kind !== kind) continue;
      this.#entries.set(name, entry);
      for (const sample of samples) this.#addSample(entry, sample, countersOnly);
    }
  }

  #addSample({ kind, samples }: Entry, sample: AppSample, countersOnly: boolean): void {
    const adds = counts(kind, sample.name);
    if (countersOnly && !adds) return;
    const key = JSON.stringify([sample.name, sample.labels]);
    const before = samples.get(key);
    if (before === undefined && this.#size >= mostPast) return;
    if (before === undefined) this.#size += 1;
    samples.set(key, before && adds ? { ...sample, value: before.value + sample.value } : sample);
  }

  get families(): AppFamily[] {
    return Array.from(this.#entries, ([name, { help, kind, samples }]) => ({
      name,
      help,
      kind,
      samples: [...samples.values()],
    }));
  }
}

/** A sample with the slot that it comes from; undefined when it would break the scrape. */
function exposed({ name, labels, value }: AppSample, slot: number): Sample | undefined {
  const named: Sample['labels'] = [['slot', String(slot)]];
  for (let i = 0; i + 1 < labels.length; i += 2) {
    const [label, of] = [labels[i]!, labels[i + 1]!];
    if (!labelName.test(label) || of.length > longestLabel) return undefined;
    named.push([label === 'slot' ? 'exported_slot' : label, of]);
  }
  return { name, labels: named, value };
}

/** The app's own metrics of all slots. What has a wrong name, or one of Radiant's, is left out. */
export function exposeApp(slots: readonly { slot: number; app: readonly AppFamily[] }[]): Exposed[] {
  const all = new Map<string, Exposed>();
  for (const { slot, app } of slots) {
    for (const { name, help, kind, samples } of app) {
      if (!metricName.test(name) || name.startsWith('radiant_')) continue;
      const known = all.get(name) ?? { name, help, kind: kindOf(kind), samples: [] };
      if (known.kind !== kindOf(kind)) continue;
      all.set(name, known);
      for (const sample of samples) {
        const isPart = sample.name === name || partsOf(kind).some((part) => sample.name === name + part);
        const line = isPart ? exposed(sample, slot) : undefined;
        if (line !== undefined) known.samples.push(line);
      }
    }
  }
  return [...all.values()];
}

const kindOf = (kind: string): Exposed['kind'] => (kinds.has(kind) ? (kind as Exposed['kind']) : 'untyped');

const partsOf = (kind: string): string[] => {
  if (kind === 'histogram') return ['_bucket', '_sum', '_count'];
  return kind === 'summary' ? ['_sum', '_count'] : [];
};
