import { columns, type Column, type ColumnName, type Sort } from '../model/columns.ts';
import type { Row } from '../model/rows.ts';
import { widthOf } from '../drawing/width.ts';

/** A column with the place that it got. */
export interface Placed {
  column: Column;
  width: number;
  /** The width of its sparkline; 0: none. */
  spark: number;
}

export interface Layout {
  placed: Placed[];
  /** Columns between two of them. */
  gap: number;
}

type Part = ColumnName | `${ColumnName} spark`;

/** What a window that gets narrower loses last, first. */
const importance: readonly Part[] = [
  'worker',
  'state',
  'release',
  'event loop',
  'memory',
  'requests',
  'sessions',
  'event loop spark',
  'requests spark',
  'memory spark',
  'up',
  'pid',
  'restarts',
];

const leastSpark = 6;
const mostSpark = 60;

/** Takes what fits, the most important first; what is left over makes the sparklines longer. */
export function layOut(rows: readonly Row[], sort: Sort, room: number): Layout {
  const chosen = new Set<Part>();
  let used = -1;
  const parts = importance.filter((part) => columnOf(part)?.says?.(rows) ?? true);
  for (const part of parts) {
    const width = 1 + widthOfPart(part, rows, sort);
    // The first one is cut off rather than left out: a table has a column.
    if (used + width > room && chosen.size > 0) break;
    used += width;
    chosen.add(part);
  }
  const taken = columns.filter(({ name }) => chosen.has(name));
  const gap = chosen.size === parts.length && used + taken.length - 1 <= room ? 2 : 1;
  let rest = room - used - (gap - 1) * (taken.length - 1);
  let sparks = taken.filter(({ name }) => chosen.has(`${name} spark`)).length;
  const placed = taken.map((column): Placed => {
    const width = widthOfPart(column.name, rows, sort);
    if (!chosen.has(`${column.name} spark`)) return { column, width, spark: 0 };
    const more = Math.min(Math.floor(rest / sparks), mostSpark - leastSpark);
    rest -= more;
    sparks -= 1;
    return { column, width, spark: leastSpark + more };
  });
  return { placed, gap };
}

/** undefined for a sparkline. */
const columnOf = (part: Part): Column | undefined => columns.find(({ name }) => name === part);

function widthOfPart(part: Part, rows: readonly Row[], { by }: Sort): number {
  const column = columnOf(part);
  if (column === undefined) return leastSpark;
  const head = widthOf(column.head) + (column.name === by ? 1 : 0);
  return Math.max(head, column.width, ...rows.map((row) => widthOf(column.cell(row))));
}
