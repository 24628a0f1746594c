import type { Tally } from '../../protocol/messages.ts';

/** No more addresses are told of at a time; those that have least are left out. */
const most = 500;

/** The addresses of a map with what `count` says of each, the largest first. */
export function busiest<T>(entries: Iterable<readonly [string, T]>, count: (value: T) => number): Tally {
  return Array.from(entries, ([address, value]) => ({ address, count: count(value) }))
    .sort((a, b) => b.count - a.count)
    .slice(0, most);
}
