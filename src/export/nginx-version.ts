import type { Flavor } from './nginx-routes.ts';

/** The first version with `sticky` in the free nginx (its changes of 2026-03-10). */
const stickyFrom = [1, 29, 6];

/** The flavour for what `nginx -v` prints; undefined when that names no version. */
export function flavorOf(output: string): Flavor | undefined {
  if (/tengine\//i.test(output)) return 'tengine';
  const match = /nginx\/(\d+)\.(\d+)\.(\d+)/.exec(output);
  if (match === null) return undefined;
  const version = match.slice(1).map(Number);
  const differs = version.findIndex((part, i) => part !== stickyFrom[i]);
  return differs < 0 || version[differs]! > stickyFrom[differs]! ? 'sticky' : 'classic';
}
