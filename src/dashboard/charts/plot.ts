import uPlot from 'uplot';
import type { SeriesView, TotalMeasure } from '../../admin/live/wire.ts';

/** One chart of the app's totals. The first measure has the area, a second one only a line. */
export interface Kind {
  id: string;
  title: string;
  measures: [TotalMeasure, TotalMeasure?];
  /** The axis reaches at least up to this. */
  least: number;
  /** The axis ends there: a share is never more than one. */
  most?: number;
  /** What the axis counts in: memory in powers of two. */
  unit: number;
  /** A number as the axis shows it. */
  write: (value: number) => string;
}

export const axisWidth = 52;
/** Marks on the time axis that a chart draws as lines. */
export interface Line {
  at: number;
  colour: string;
}

/** What a chart draws from at each moment: it asks again whenever it draws. */
export interface Source {
  /** Milliseconds since the epoch. */
  range(): [from: number, to: number];
  /** Where the time axis has its marks. */
  times(): readonly number[];
  lines(): readonly Line[];
}

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Columns for uPlot: seconds, then the measures; with a gap where nobody looked. */
export function columnsOf(series: SeriesView, { measures }: Kind, now: number): uPlot.AlignedData {
  const times: number[] = [];
  const rows: (number | null)[][] = measures.map(() => []);
  series.times.forEach((time, i) => {
    const before = series.times[i - 1] ?? time;
    if (time - before > 3 * series.everyMs) {
      times.push((before + 1) / 1000);
      for (const row of rows) row.push(null);
    }
    times.push(time / 1000);
    measures.forEach((name, j) => rows[j]!.push(series.total[name!][i] ?? null));
  });
  // The line reaches the right edge, not only the last look.
  if (times.length > 0 && now / 1000 > times.at(-1)!) {
    times.push(now / 1000);
    for (const row of rows) row.push(row.at(-1) ?? null);
  }
  return [times, ...rows] as uPlot.AlignedData;
}

/** Round steps for an axis: 1, 2 or 5 times a power of ten of its unit. */
function steps(top: number, unit: number): number[] {
  const rough = top / unit / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= rough)! * unit;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => i * step);
}

/** Where the axis ends: a little above what is shown. */
function topOf({ least, most }: Kind, highest: number): number {
  return Math.min(most ?? Infinity, Math.max(least, highest * 1.1));
}

const line = (name: string, stroke: string, fill?: string): uPlot.Series => ({
  label: name,
  stroke: () => colour(stroke),
  width: 1.5,
  points: { show: false },
  ...(fill !== undefined && { fill: () => colour(fill) }),
});

/** The time axis has only its grid here: its words stand once, below all charts. */
function axesOf({ unit, write }: Kind, source: Source): uPlot.Axis[] {
  const common = { ticks: { show: false }, grid: { stroke: () => colour('--line'), width: 1 } };
  const time = {
    ...common,
    size: 0,
    values: () => [],
    splits: () => source.times().map((at) => at / 1000),
  };
  const value = {
    ...common,
    size: axisWidth,
    gap: 8,
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
    stroke: () => colour('--muted'),
    splits: (_plot: uPlot, _axis: number, _low: number, high: number) => steps(high, unit),
    values: (_plot: uPlot, splits: number[]) => splits.map(write),
  };
  return [time, value];
}

export function makePlot(
  kind: Kind,
  source: Source,
  size: { width: number; height: number },
  hover: (at: number | undefined) => void,
): uPlot {
  const [, second] = kind.measures;
  const pointed = (plot: uPlot): void => {
    const { left = -1 } = plot.cursor;
    hover(left < 0 ? undefined : plot.posToVal(left, 'x') * 1000);
  };
  return new uPlot({
    ...size,
    padding: [6, 0, 7, 0],
    legend: { show: false },
    cursor: { sync: { key: 'totals' }, y: false, drag: { x: false, y: false }, points: { size: 6 } },
    series: [
      {},
      line(kind.id, '--accent', '--chart-area'),
      ...(second === undefined ? [] : [line(second, '--chart-second')]),
    ],
    scales: {
      x: { time: true, range: () => source.range().map((at) => at / 1000) as [number, number] },
      y: { range: (_plot, _low, high) => [0, topOf(kind, high ?? 0)] },
    },
    axes: axesOf(kind, source),
    hooks: { draw: [(plot) => drawLines(plot, source.lines())], setCursor: [pointed] },
  });
}

function drawLines(plot: uPlot, lines: readonly Line[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { at, colour: stroke } of lines) {
    const x = Math.round(plot.valToPos(at / 1000, 'x', true)) + 0.5;
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = colour(stroke);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
