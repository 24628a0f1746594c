import { isObject } from './translation.ts';

type App = Record<string, unknown>;

/** What may differ between processes of one app: how they are called, where they listen and what they write to. */
const ofItsOwn =
  /^(?:name|port|PORT|pid|pid_file|log|log_file|(?:out|err|error)(?:_file|_log)?|output|log_date_format)$/;

/** Equal for apps of an ecosystem file that are processes of one app: the same script with the same variables. */
function likeness(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(likeness);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([key]) => !ofItsOwn.test(key));
  return Object.fromEntries(
    entries.map(([key, each]) => [key, likeness(each)] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** The apps in groups: those of a group are one app, each process at a port of its own, as for a proxy in front. */
export function replicas(apps: readonly App[]): App[][] {
  return [...Map.groupBy(apps, (app) => JSON.stringify(likeness(app))).values()];
}
