import { parseVersion } from '../common/version-parts.ts';

/** A version as the user or a bundle writes it: `[20]`, `[20, 18]` or `[20, 18, 0]`. */
export type Wanted = readonly number[];

export interface Choice {
  version: string;
  /** How near it is: the very version (or the newest of the asked prefix), the same minor, the same major. */
  match: 'exact' | 'minor' | 'major';
}

/** Reads "v20.18.0", "20.18" or "20"; undefined for anything else, ranges included. */
export function parseWanted(text: string): Wanted | undefined {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(text.trim());
  if (!match) return undefined;
  return match
    .slice(1)
    .filter((part) => part !== undefined)
    .map(Number);
}

/** For `sort`: the newest first. What is no released version comes last. */
export function newestFirst(a: string, b: string): number {
  const left = parseVersion(a) ?? ([-1, 0, 0] as const);
  const right = parseVersion(b) ?? ([-1, 0, 0] as const);
  return right[0] - left[0] || right[1] - left[1] || right[2] - left[2];
}

export function matches(wanted: Wanted, version: string): boolean {
  const parts = parseVersion(version);
  return parts !== undefined && wanted.every((part, index) => part === parts[index]);
}

/**
 * The version to take of those that are to be had: what was asked for, else the newest of the same minor, else
 * the newest of the same major. Meteor built Node versions of its own (14.21.4) that nobody else publishes.
 */
export function chooseVersion(wanted: Wanted, available: readonly string[]): Choice | undefined {
  const attempts: [Choice['match'], Wanted][] = [
    ['exact', wanted],
    ['minor', wanted.slice(0, 2)],
    ['major', wanted.slice(0, 1)],
  ];
  for (const [match, prefix] of attempts) {
    const [version] = available.filter((each) => matches(prefix, each)).sort(newestFirst);
    if (version !== undefined) return { version: version.replace(/^v/, ''), match };
  }
  return undefined;
}

export function majorOf(version: string): number {
  return parseVersion(version)?.[0] ?? 0;
}
