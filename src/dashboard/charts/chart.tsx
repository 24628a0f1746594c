import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import type { SeriesView } from '../../admin/live/wire.ts';
import { columnsOf, makePlot, type Kind, type Line } from './plot.ts';
import { written } from '../elements/text.ts';

interface ChartProps {
  kind: Kind;
  series: SeriesView;
  now: number;
  from: number;
  /** Where the time axis has its marks. */
  times: readonly number[];
  lines: readonly Line[];
  /** The moment that the pointer is at, in any of the charts. */
  hovered: number | undefined;
  onHover: (at: number | undefined) => void;
}

export function Chart(props: ChartProps) {
  const { kind, series, now, from, hovered } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;

  useLayoutEffect(() => {
    const element = place.current!;
    const source = {
      range: (): [number, number] => [latest.current.from, latest.current.now],
      times: () => latest.current.times,
      lines: () => latest.current.lines,
    };
    const size = () => ({ width: element.clientWidth, height: element.clientHeight });
    const made = makePlot(kind, source, size(), (at) => latest.current.onHover(at));
    element.append(made.root);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize(size()));
    resized.observe(element);
    const scheme = window.matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => made.redraw();
    scheme.addEventListener('change', redraw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', redraw);
      made.destroy();
    };
  }, [kind]);

  useEffect(() => {
    plot.current?.setData(columnsOf(series, kind, now));
  }, [series, now, from, kind]);

  const [first, second] = kind.measures;
  const index = hovered === undefined ? series.times.length - 1 : nearest(series.times, hovered);
  const value = series.total[first][index];
  const more = second && series.total[second][index];
  return (
    <div class="chart" role="img" aria-label={describe(kind, series, from)}>
      <div class="caption" aria-hidden="true">
        <span>{kind.title}</span>
        <b>{value === undefined ? '–' : written[first](value)}</b>
        {second !== undefined && more !== undefined && <small>busiest {written[second](more)}</small>}
      </div>
      <div ref={place} class="plot" aria-hidden="true" />
    </div>
  );
}

function nearest(times: readonly number[], at: number): number {
  const after = times.findIndex((time) => time >= at);
  if (after < 0) return times.length - 1;
  if (after === 0) return 0;
  return at - times[after - 1]! < times[after]! - at ? after - 1 : after;
}

/** The chart in words, for those who cannot see it. */
function describe({ title, measures: [name] }: Kind, series: SeriesView, from: number): string {
  const values = series.total[name].filter((_, i) => series.times[i]! >= from);
  const last = values.at(-1);
  if (last === undefined) return `${title}: nothing is known yet`;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const write = written[name];
  return `${title}: now ${write(last)}, lowest ${write(low)}, mean ${write(mean)}, highest ${write(high)}`;
}
