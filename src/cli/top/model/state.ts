import type { FleetEvent } from '../../../running/events.ts';
import { sorted, type Sort } from './columns.ts';
import { indexOf, rowsOf, type Row } from './rows.ts';
import { begin, hear, keyOf, learn, type Knowledge, type Sample } from './samples.ts';

/** Everything that the picture depends on, but the size of the window. Never changed: each step makes a new one. */
export interface TopState {
  live: Knowledge;
  /** What is shown in its place, while the screen is paused. */
  frozen: Knowledge | undefined;
  /** The supervisor does not answer. */
  lost: { since: number; reason: string } | undefined;
  sort: Sort;
  /** The key of the row that the cursor is on. */
  selected: string;
  mode: 'table' | 'help' | 'confirm';
  message: Message | undefined;
}

/** What came of the last command. */
export interface Message {
  text: string;
  bad: boolean;
  /** When it is taken away; monotonic, as `Sample.at`. */
  until: number;
}

export function beginning(sample: Sample): TopState {
  const [first] = sample.status.workers;
  return {
    live: begin(sample),
    frozen: undefined,
    lost: undefined,
    sort: { by: 'worker', reversed: false },
    selected: first === undefined ? '' : keyOf(first),
    mode: 'table',
    message: undefined,
  };
}

export const shownOf = ({ live, frozen }: TopState): Knowledge => frozen ?? live;

/** In the order in which they are shown. */
export function shownRows(state: TopState): Row[] {
  return sorted(rowsOf(shownOf(state)), state.sort);
}

export function sampled(state: TopState, sample: Sample): TopState {
  const message = state.message !== undefined && state.message.until > sample.at ? state.message : undefined;
  const next = { ...state, live: learn(state.live, sample), lost: undefined, message };
  // A worker that was replaced hands the cursor on to its successor.
  return { ...next, selected: selectedRow(next)?.key ?? '' };
}

export function heard(state: TopState, event: FleetEvent): TopState {
  return { ...state, live: hear(state.live, event) };
}

export function lostTouch(state: TopState, reason: string, now: number): TopState {
  return { ...state, lost: { since: state.lost?.since ?? now, reason } };
}

export function selectedRow(state: TopState): Row | undefined {
  const rows = shownRows(state);
  return rows[indexOf(rows, state.selected)];
}

/** Moves the cursor, not beyond the ends. */
export function moved(state: TopState, by: number): TopState {
  const rows = shownRows(state);
  const index = Math.min(rows.length - 1, Math.max(0, indexOf(rows, state.selected) + by));
  return { ...state, selected: rows[index]?.key ?? '' };
}
