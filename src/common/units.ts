import { dateAt } from './dates.ts';

/** `1m 15s`: the two largest units of a time. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([number]) => number > 0);
  const some = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2);
  return some.map(([number, unit]) => `${number}${unit}`).join(' ');
}

/** `0.9 s`, `12 s`, `2m 5s`. */
export function took(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : duration(ms / 1000);
}

export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = size / 1024;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

const two = (number: number): string => String(number).padStart(2, '0');

/** `2026-11-24 14:02:11`, by the clock of this machine. `time` is milliseconds since the epoch. */
export function localTime(time: number): string {
  const at = dateAt(time);
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`;
}
