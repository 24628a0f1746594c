import type { Departures } from '../running/departures.ts';

/** In words, `handed over 412, reconnected 3: state over 1 MB`; undefined where nobody has left. */
export function departuresText({ handedOver, reconnected }: Departures): string | undefined {
  const reasons = Object.entries(reconnected).toSorted(([, a], [, b]) => b - a);
  const all = reasons.reduce((sum, [, count]) => sum + count, 0);
  if (handedOver + all === 0) return undefined;
  const list = reasons.map(([reason, count]) => (reasons.length === 1 ? reason : `${reason} (${count})`));
  return `handed over ${handedOver}, reconnected ${all}${all === 0 ? '' : `: ${list.join(', ')}`}`;
}
