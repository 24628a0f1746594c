import type { Sort } from '../model/columns.ts';
import type { Glyphs } from '../drawing/glyphs.ts';
import type { Layout, Placed } from './layout.ts';
import { lineWidth, text, type Line, type Span } from '../drawing/line.ts';
import type { Row } from '../model/rows.ts';
import { sparkline } from '../drawing/sparkline.ts';
import { padTo } from '../drawing/width.ts';

export function headLine({ placed, gap }: Layout, { by, reversed }: Sort, glyphs: Glyphs): Line {
  const spans = placed.map(({ column, width, spark }): Span => {
    const rises = (column.rising === true) !== reversed;
    const mark = column.name !== by ? '' : rises ? glyphs.ascending : glyphs.descending;
    const head = padTo(column.head + mark, width, column.align) + ' '.repeat(spark > 0 ? 1 + spark : 0);
    return { text: head, style: mark === '' ? 'dim' : 'bold' };
  });
  return joined(spans, gap);
}

/** `rows` are all there are: sparklines are drawn on the scale of all. */
export function rowLine(row: Row, rows: readonly Row[], { placed, gap }: Layout, glyphs: Glyphs): Line {
  const cells = placed.map((each) => cellOf(row, rows, each, glyphs));
  return cells.flatMap((cell, index) => (index === 0 ? cell : [{ text: ' '.repeat(gap) }, ...cell]));
}

function cellOf(row: Row, rows: readonly Row[], { column, width, spark }: Placed, glyphs: Glyphs): Span[] {
  const value = { text: padTo(column.cell(row), width, column.align), style: column.style?.(row) };
  if (column.spark === undefined || spark === 0) return [value];
  const { values, scale, style } = column.spark;
  const marks = sparkline(row.track[values], spark, scale(row, rows), glyphs);
  return [value, { text: ' ' }, { text: row.worker.pid === null ? ' '.repeat(spark) : marks, style }];
}

/** The line that the cursor is on, over the whole width. */
export function selectedLine(line: Line, columns: number): Line {
  return [{ text: text(line) + ' '.repeat(Math.max(0, columns - lineWidth(line))), style: 'inverse' }];
}

function joined(spans: readonly Span[], gap: number): Line {
  return spans.flatMap((span, index) => (index === 0 ? [span] : [{ text: ' '.repeat(gap) }, span]));
}
