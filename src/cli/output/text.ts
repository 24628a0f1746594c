import { stripVTControlCharacters } from 'node:util';
import { departuresText } from '../../history/departures.ts';
import type { Departures } from '../../running/departures.ts';

export { bytes, count, duration, localTime, took } from '../../common/units.ts';

/** What follows an operation's last line; '' where workers had no clients. */
export function departed(departures: Departures | undefined): string {
  const text = departures && departuresText(departures);
  return text === undefined ? '' : `; ${text}`;
}

/** Columns as wide as their widest cell, numbers to the right, every line cut to `columns`. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, index) => Math.max(...all.map((row) => visible(row[index] ?? '').length)));
  const numeric = head.map((_, index) =>
    rows.every((row) => /^[\d.,]*( [KMGT]?B| %)?$/.test(visible(row[index] ?? ''))),
  );
  return all.map((row) => {
    const cells = row.map((cell, index) => {
      const space = ' '.repeat((widths[index] ?? 0) - visible(cell).length);
      return numeric[index] ? space + cell : cell + space;
    });
    return cut(cells.join('  ').trimEnd(), columns);
  });
}

/** At most `columns` characters; colours are given up where it has to be shortened. */
export function cut(line: string, columns: number): string {
  const plain = visible(line);
  return plain.length <= columns ? line : `${plain.slice(0, columns - 1)}…`;
}

/** Node's function compiles a large regular expression, and most text has no colours. */
function visible(text: string): string {
  return text.includes('\u001b') || text.includes('\u009b') ? stripVTControlCharacters(text) : text;
}

/** `2026-03-01 12:30:00` of an ISO 8601 time. */
export const clock = (at: string): string => at.replace('T', ' ').slice(0, 19);
