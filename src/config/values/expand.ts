/** What a worker calls its place in an environment value: `{slot}`, `{9464+slot}` for a port of its own, `{slot-1}`. */
const template = /\{(?:(\d{1,9})\+)?slot(-1)?\}/g;

/**
 * The environment of the worker in `slot` (1, 2, …): `{slot}` becomes its number, `{N+slot}` the sum, and
 * `{slot-1}` counts from 0. All other braces stay as they are, JSON included, and so do the variables called `literal`.
 */
export function expandEnv(
  env: Record<string, string>,
  slot: number,
  literal: readonly string[] = [],
): Record<string, string> {
  const expand = (value: string): string =>
    value.replace(template, (_whole, base?: string, less?: string) =>
      String(Number(base ?? 0) + slot - (less === undefined ? 0 : 1)),
    );
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, literal.includes(name) ? value : expand(value)]),
  );
}

/** Whether each worker would get another value. */
export const isTemplate = (value: string): boolean => value.search(template) >= 0;
