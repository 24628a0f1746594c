import type { ReleaseView } from '../../releases/view.ts';
import type { Status } from '../../running/status.ts';

/** What the page is told. Types only: the page is built for a browser. */

/** What is kept of the app as a whole, and of each worker. */
export type Measure = 'eventLoop' | 'memory' | 'sessions' | 'requests';
export type TotalMeasure = Measure | 'eventLoopMax' | 'workers';

/**
 * - `eventLoop`, `eventLoopMax`: 0 to 1, the mean of all workers and the busiest one
 * - `memory`: bytes
 * - `sessions`: open WebSockets and long-poll sessions
 * - `requests`: a second
 * - `workers`: that are ready
 */
export type Totals = Record<TotalMeasure, number>;
export type WorkerNumbers = Record<Measure, number>;

/** One look at the fleet. */
export interface Sample {
  /** Milliseconds since the epoch, as all times here. */
  at: number;
  total: Totals;
  /** By slot. */
  workers: Record<number, WorkerNumbers>;
}

/** Looks of the last hour; those at single workers reach less far back. All rows end with the newest look. */
export interface SeriesView {
  everyMs: number;
  times: number[];
  total: Record<TotalMeasure, number[]>;
  workers: Record<number, Record<Measure, number[]>>;
}

export type TimelineMarkKind =
  | 'deploy'
  | 'restart'
  | 'scale'
  | 'crash'
  | 'hang'
  | 'memory'
  | 'warning'
  | 'recovery'
  | 'supervisor';

/** Something that an operator wants to see on the time axis. */
export interface TimelineMark {
  id: number;
  at: number;
  kind: TimelineMarkKind;
  text: string;
}

export interface LogLine {
  at: number;
  slot: number;
  line: string;
}

/** What is going on now, each second. */
export interface Tick {
  at: number;
  status: Status;
  /** How many workers there are meant to be. */
  wanted: number;
  /** Requests a second, by pid. */
  rates: Record<number, number>;
}

/** The first that a page hears, each time that it connects: everything. */
export interface Snapshot extends Tick {
  series: SeriesView;
  moments: TimelineMark[];
  releases: ReleaseView[];
  log: LogLine[];
  /** What it may ask for. */
  actions: string[];
}

/** The names of the events in the stream, and what their data are. */
export interface LiveEvents {
  snapshot: Snapshot;
  tick: Tick;
  sample: Sample;
  moment: TimelineMark;
  releases: ReleaseView[];
  log: LogLine[];
}
