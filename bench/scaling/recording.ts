import type { Sample } from '../../src/running/status.ts';
import type { Seen } from './tally.ts';

/** The fleet at one moment; `at` is in seconds since the load began. */
export interface FleetMoment {
  at: number;
  wanted: number;
  ready: number;
  /** The busy share of all workers' event loops, on the average. */
  eventLoop: number;
}

/** What clients offered and saw in the seconds that end at `at`. */
export interface Interval extends Seen {
  at: number;
  visitors: number;
  sessions: number;
  /** Since the beginning. */
  moved: number;
  dropped: number;
}

/** One run, as the chart shows it. */
export interface Recording {
  curve: string;
  /** The load that two workers bear: so many visitors have their event loops busy for `target` of the time. */
  bears: number;
  target: number;
  limits: { min: number; max: number };
  cooldown: { up: string; down: string };
  fleet: FleetMoment[];
  intervals: Interval[];
  changes: { at: number; from: number; to: number; reason: string }[];
  failures: Record<string, number>;
  /** Methods that had results, those that ran twice, and those that never ran. */
  methods: { results: number; twice: number; never: number };
}

/** The samples that the supervisor decided by, as rows: at, workers, event loop, sessions, room. */
export type SampleRow = [
  at: number,
  workers: number,
  eventLoop: number,
  sessions: number,
  room: number | null,
];

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

export const rowOf = ({ at, workers, eventLoop, sessions, room }: Sample, began: number): SampleRow => [
  Math.round(at - began),
  workers,
  rounded(eventLoop, 3),
  sessions,
  room === null ? null : rounded(room, 1),
];

const rows = (list: readonly unknown[]): string =>
  list.map((row) => `    ${JSON.stringify(row)}`).join(',\n');

/** JSON in which each row of the lists stands on one line. */
export function rowsJson(head: object, lists: Record<string, readonly unknown[]>): string {
  const parts = [
    ...Object.entries(head).map(([name, value]) => `  "${name}": ${JSON.stringify(value)}`),
    ...Object.entries(lists).map(([name, list]) => `  "${name}": [\n${rows(list)}\n  ]`),
  ];
  return `{\n${parts.join(',\n')}\n}\n`;
}
