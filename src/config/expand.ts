/** What a worker calls its place in an environment value: `{slot}`, or `{9464+slot}` for a port of its own. */
const template = /\{(?:(\d{1,9})\+)?slot\}/g;

/**
 * The environment of the worker in `slot` (1, 2, …): `{slot}` becomes its number, `{N+slot}` the sum. All other
 * braces stay as they are, JSON included.
 */
export function expandEnv(env: Record<string, string>, slot: number): Record<string, string> {
  const expand = (value: string): string =>
    value.replace(template, (_whole, base?: string) => String(Number(base ?? 0) + slot));
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, expand(value)]));
}
