import { reaches } from '../common/version-parts.ts';
import type { Flavor } from './nginx-routes.ts';

/** What an nginx can do. */
export interface Traits {
  flavor: Flavor;
  /** HTTP/2 is asked for by a directive of its own; `listen … http2` is a warning there. */
  http2: 'directive' | 'listen';
}

/** The first version with `sticky` in the free nginx (its changes of 2026-03-10), and with the directive `http2`. */
const stickyFrom = [1, 29, 6];
const http2From = [1, 25, 1];

export const usual = (flavor: Flavor): Traits => ({
  flavor,
  http2: flavor === 'sticky' ? 'directive' : 'listen',
});

/** What follows from that which `nginx -v` prints; undefined when it names no version. */
export function traitsOf(output: string): Traits | undefined {
  if (/tengine\//i.test(output)) return usual('tengine');
  const match = /nginx\/(\d+)\.(\d+)\.(\d+)/.exec(output);
  if (match === null) return undefined;
  const version = match.slice(1).map(Number);
  return {
    flavor: reaches(version, stickyFrom) ? 'sticky' : 'classic',
    http2: reaches(version, http2From) ? 'directive' : 'listen',
  };
}
