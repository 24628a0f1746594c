import { bytes, duration } from '../../output/text.ts';
import type { Style } from '../drawing/line.ts';
import type { Row } from './rows.ts';
import type { Track } from './samples.ts';
import type { Scale } from '../drawing/sparkline.ts';

export interface Column {
  name: string;
  head: string;
  align: 'left' | 'right';
  /** So that a value which gets longer does not move the others each second. */
  width: number;
  cell(row: Row): string;
  style?(row: Row): Style | undefined;
  /** Below 0 when `a` comes first in the usual direction: slots from 1 on, the most of all else first. */
  order(a: Row, b: Row): number;
  /** Whether it tells anything at the moment; undefined: always. */
  says?(rows: readonly Row[]): boolean;
  /** Its usual direction is from the least to the most. */
  rising?: true;
  spark?: Spark;
}

export interface Spark {
  values: keyof Track;
  style: Style;
  /** Of this row among all. */
  scale(row: Row, rows: readonly Row[]): Scale;
}

const stateStyles: Partial<Record<Row['worker']['state'], Style>> = {
  ready: 'green',
  closed: 'red',
  spare: 'cyan',
  starting: 'cyan',
  draining: 'yellow',
  stopping: 'yellow',
  waiting: 'yellow',
  failing: 'red',
};

/** A worker's memory hardly ever falls: what it uses anyway is no news, a change of a tenth is. */
const memoryScale = ({ track }: Row): Scale => {
  const [least, most] = [Math.min(...track.memory), Math.max(...track.memory)];
  const span = Math.max(most - least, most / 10);
  return { low: least - span / 4, high: least + span };
};

const mostRequests = (_row: Row, rows: readonly Row[]): Scale => ({
  low: 0,
  high: Math.max(1, ...rows.flatMap(({ track }) => track.requests)),
});

function loadStyle({ worker }: Row): Style | undefined {
  if (worker.eventLoopUtilization >= 0.9) return 'red';
  return worker.eventLoopUtilization >= 0.7 ? 'yellow' : undefined;
}

const orNone = ({ worker }: Row, text: string): string => (worker.pid === null ? '-' : text);

/** `980`, `12345`, `123k`: at most five characters. */
export function short(count: number): string {
  if (count < 9.95 && !Number.isInteger(count)) return count.toFixed(1);
  if (count < 99_999.5) return String(Math.round(count));
  return count < 9_999_500 ? `${Math.round(count / 1000)}k` : `${Math.round(count / 1_000_000)}M`;
}

/** As they stand from left to right. */
export const columns = [
  {
    name: 'worker',
    head: '#',
    align: 'right',
    width: 2,
    cell: ({ worker }) => String(worker.slot),
    order: (a, b) => a.worker.slot - b.worker.slot,
    rising: true,
  },
  {
    name: 'pid',
    head: 'pid',
    align: 'right',
    width: 5,
    cell: (row) => orNone(row, String(row.worker.pid)),
    order: (a, b) => (b.worker.pid ?? 0) - (a.worker.pid ?? 0),
  },
  {
    name: 'state',
    head: 'state',
    align: 'left',
    width: 8,
    cell: ({ worker }) => worker.state,
    style: ({ worker }) => stateStyles[worker.state],
    order: (a, b) => a.worker.state.localeCompare(b.worker.state),
    rising: true,
  },
  {
    name: 'release',
    head: 'rel',
    align: 'right',
    width: 3,
    cell: ({ worker }) => String(worker.release),
    order: (a, b) => b.worker.release - a.worker.release,
    says: (rows) => new Set(rows.map(({ worker }) => worker.release)).size > 1,
  },
  {
    name: 'up',
    head: 'up',
    align: 'right',
    width: 6,
    cell: (row) => orNone(row, duration(row.worker.uptimeSeconds)),
    order: (a, b) => b.worker.uptimeSeconds - a.worker.uptimeSeconds,
  },
  {
    name: 'event loop',
    head: 'loop',
    align: 'right',
    width: 4,
    cell: (row) => orNone(row, `${Math.round(row.worker.eventLoopUtilization * 100)}%`),
    style: loadStyle,
    order: (a, b) => b.worker.eventLoopUtilization - a.worker.eventLoopUtilization,
    spark: { values: 'eventLoop', style: 'green', scale: () => ({ low: 0, high: 1 }) },
  },
  {
    name: 'memory',
    head: 'memory',
    align: 'right',
    width: 6,
    cell: (row) => orNone(row, bytes(row.worker.rssBytes)),
    order: (a, b) => b.worker.rssBytes - a.worker.rssBytes,
    spark: { values: 'memory', style: 'magenta', scale: memoryScale },
  },
  {
    name: 'sessions',
    head: 'sess',
    align: 'right',
    width: 5,
    cell: (row) => orNone(row, short(row.sessions)),
    order: (a, b) => b.sessions - a.sessions,
  },
  {
    name: 'requests',
    head: 'req/s',
    align: 'right',
    width: 5,
    cell: (row) => orNone(row, short(row.requests)),
    order: (a, b) => b.requests - a.requests,
    spark: { values: 'requests', style: 'cyan', scale: mostRequests },
  },
  {
    name: 'restarts',
    head: 'rst',
    align: 'right',
    width: 3,
    cell: ({ worker }) => short(worker.restarts),
    style: ({ worker }) => (worker.restarts > 0 ? 'yellow' : undefined),
    order: (a, b) => b.worker.restarts - a.worker.restarts,
  },
] as const satisfies readonly Column[];

export type ColumnName = (typeof columns)[number]['name'];

/** The columns that tell something about these rows. */
export const telling = (rows: readonly Row[]): ColumnName[] =>
  columns.flatMap((column: Column & { name: ColumnName }) =>
    (column.says?.(rows) ?? true) ? [column.name] : [],
  );

/** What the table is sorted by. */
export interface Sort {
  by: ColumnName;
  reversed: boolean;
}

/** Workers that are equal stand by their slots. */
export function sorted(rows: readonly Row[], { by, reversed }: Sort): Row[] {
  const { order } = columns.find(({ name }) => name === by)!;
  const sign = reversed ? -1 : 1;
  return rows.toSorted(
    (a, b) =>
      sign * order(a, b) || a.worker.slot - b.worker.slot || (a.worker.pid ?? 0) - (b.worker.pid ?? 0),
  );
}
