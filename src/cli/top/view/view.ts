import { bindings, question } from '../input/commands.ts';
import type { Glyphs } from '../drawing/glyphs.ts';
import { happeningLines } from './happenings.ts';
import { noticeLine, titleLine, totalsLine } from './header.ts';
import { layOut } from './layout.ts';
import { cutLine, lineWidth, spread, type Line, type Span } from '../drawing/line.ts';
import { indexOf } from '../model/rows.ts';
import { shownOf, shownRows, type TopState } from '../model/state.ts';
import { headLine, rowLine, selectedLine } from './table.ts';
import { harmless } from '../drawing/width.ts';

export interface Window {
  columns: number;
  rows: number;
  glyphs: Glyphs;
}

/** The rule and two events: less than that is no pane. */
const leastPane = 3;

/** The whole screen: at most `rows` lines, none wider than `columns`. `now` is monotonic, in milliseconds. */
export function picture(state: TopState, window: Window, now: number): Line[] {
  const { columns, rows: height, glyphs } = window;
  const below = footLine(state, columns);
  const body = state.mode === 'help' ? helpLines() : tableLines(state, window, now);
  const lines = body.slice(0, Math.max(0, height - 1));
  while (lines.length < height - 1) lines.push([]);
  return [...lines, below].slice(-height).map((line) => cutLine(line, columns, glyphs));
}

/** The same without keys, as long as it is: for `--once`. */
export function snapshot(state: TopState, columns: number, glyphs: Glyphs, now: number): Line[] {
  const rows = shownRows(state);
  const layout = layOut(rows, state.sort, columns);
  return [
    ...headerLines(state, { columns, rows: Infinity, glyphs }, now),
    headLine(layout, state.sort, glyphs),
    ...rows.map((row) => rowLine(row, rows, layout, glyphs)),
  ].map((line) => cutLine(line, columns, glyphs));
}

/** A low window keeps its lines for workers. */
const lowWindow = 8;

function headerLines(state: TopState, { columns, rows: height, glyphs }: Window, now: number): Line[] {
  const { status } = shownOf(state).sample;
  const title = titleLine(status, state.frozen !== undefined, columns);
  const notice = noticeLine(state, status, now, glyphs);
  if (height < lowWindow) return notice.length > 0 ? [notice] : [title];
  return [title, totalsLine(shownRows(state), status, columns), notice];
}

function tableLines(state: TopState, window: Window, now: number): Line[] {
  const { columns, rows: height, glyphs } = window;
  const rows = shownRows(state);
  const selected = indexOf(rows, state.selected);
  const header = headerLines(state, window, now);
  const room = Math.max(1, height - header.length - 2);
  const fits = rows.length <= room;
  const first = fits ? 0 : Math.min(Math.max(0, selected - Math.floor(room / 2)), rows.length - room);
  const layout = layOut(rows, state.sort, columns);
  const lines = rows.slice(first, first + room).map((row, index) => {
    const line = rowLine(row, rows, layout, glyphs);
    return first + index === selected ? selectedLine(line, columns) : line;
  });
  if (!fits) {
    const place: Span = { text: `${first + 1} to ${first + room} of ${rows.length}`, style: 'dim' };
    const last = header.length - 1;
    header[last] = spread(header[last]!, [place], columns);
  }
  const pane = room - lines.length;
  const events = pane >= leastPane ? happeningLines(shownOf(state).events, pane, columns, glyphs) : [];
  return [...header, headLine(layout, state.sort, glyphs), ...lines, ...events];
}

function helpLines(): Line[] {
  const keys = bindings.map(({ shown, help }): Line => [
    { text: `  ${shown.padEnd(8)}`, style: 'bold' },
    { text: help },
  ]);
  return [[{ text: 'radiant top', style: 'bold' }, { text: ': any key goes back' }], [], ...keys];
}

function footLine(state: TopState, columns: number): Line {
  const { mode, message } = state;
  if (mode === 'confirm') return [{ text: question(state), style: 'bold' }];
  if (message !== undefined) return [{ text: harmless(message.text), style: message.bad ? 'red' : 'bold' }];
  const line: Span[] = [];
  // What is most needed stands first: the end is what a narrow window cuts.
  const brief = bindings.filter((each) => each.brief !== undefined);
  const order = [...brief.slice(-2).toReversed(), ...brief.slice(0, -2)];
  for (const { keys, brief: name } of order) {
    const next: Span[] = [
      { text: keys[0]!, style: 'bold' },
      { text: ` ${name}  `, style: 'dim' },
    ];
    if (lineWidth(line) + lineWidth(next) - 2 > columns) break;
    line.push(...next);
  }
  return line;
}
