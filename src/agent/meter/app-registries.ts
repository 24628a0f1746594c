import type { AppFamily, AppSample } from '../../protocol/metrics.ts';
import { clearTimeout, setTimeout } from '../runtime/timers.ts';

/** What is used of a registry of prom-client or of its successor; none of it is certain to be there. */
interface Registry {
  getMetricsAsJSON(): unknown;
}

interface JsonMetric {
  name: string;
  help?: unknown;
  type?: unknown;
  values: { value: unknown; labels?: Record<string, unknown>; metricName?: unknown }[];
}

/** An app may compute its metrics when they are asked for; what takes longer is left out. */
const patienceMs = 500;
const mostSamples = 2_000;
/** Of names, labels and helps together. */
const mostCharacters = 400_000;
const clients = /[\\/]node_modules[\\/](?:prom-client|@prometheus-io[\\/]client)[\\/]/;

export interface AppMetrics {
  families: AppFamily[];
  /** Registries that gave nothing. */
  errors: number;
  /** Samples that were left out. */
  dropped: number;
}

type Modules = Readonly<Record<string, { exports: unknown } | undefined>>;

const isRegistry = (value: unknown): value is Registry =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<Registry>).getMetricsAsJSON === 'function';

/** The registries of the clients that the app has loaded. */
function* loaded(modules: Modules): Generator<Registry> {
  for (const [file, module] of Object.entries(modules)) {
    if (!clients.test(file)) continue;
    try {
      const { register } = module!.exports as { register?: unknown };
      if (isRegistry(register)) yield register;
    } catch {
      // What a module does when it is looked at is its own.
    }
  }
}

/**
 * Reads the metrics that the app itself keeps: in the registries that it has told of, and in those of the modules that
 * it has loaded, by their files.
 */
export async function readAppMetrics(
  named: Iterable<unknown>,
  modules: Modules = require.cache,
): Promise<AppMetrics> {
  const registries = new Set([...loaded(modules), ...[...named].filter(isRegistry)]);
  const lists = await Promise.all([...registries].map(inTime));
  const room = { samples: mostSamples, characters: mostCharacters };
  const families: AppFamily[] = [];
  let dropped = 0;
  for (const metric of lists.flatMap((list) => list ?? [])) {
    if (families.some(({ name }) => name === metric.name)) continue;
    const samples = samplesOf(metric);
    const family = { name: metric.name, help: text(metric.help), kind: text(metric.type), samples };
    if (fits(family, room)) families.push(family);
    else dropped += samples.length;
  }
  return { families, dropped, errors: lists.filter((list) => list === undefined).length };
}

/** undefined: it failed, or took too long. */
async function inTime(registry: Registry): Promise<JsonMetric[] | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patienceMs);
    timer.unref();
  });
  try {
    const list = await Promise.race([Promise.resolve(registry.getMetricsAsJSON()), late]);
    return Array.isArray(list) ? list.filter(isMetric) : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

const isMetric = (value: unknown): value is JsonMetric =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as JsonMetric).name === 'string' &&
  Array.isArray((value as JsonMetric).values);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Values that are no finite numbers cannot travel as JSON. */
function samplesOf(metric: JsonMetric): AppSample[] {
  return metric.values.flatMap(({ value, labels, metricName }) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return [];
    const name = typeof metricName === 'string' ? metricName : metric.name;
    const flat: string[] = [];
    for (const [label, of] of Object.entries(labels ?? {})) flat.push(label, String(of));
    return [{ name, labels: flat, value }];
  });
}

/** True, and the room is taken, when there is enough of it. */
function fits({ name, help, samples }: AppFamily, room: { samples: number; characters: number }): boolean {
  let characters = name.length + help.length;
  for (const sample of samples) {
    characters += sample.name.length;
    for (const label of sample.labels) characters += label.length;
  }
  if (samples.length > room.samples || characters > room.characters) return false;
  room.samples -= samples.length;
  room.characters -= characters;
  return true;
}
