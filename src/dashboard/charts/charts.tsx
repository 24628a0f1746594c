import { useState } from 'preact/hooks';
import { Chart } from './chart.tsx';
import { looks } from '../elements/kinds.tsx';
import { Lane, marksOf } from './lane.tsx';
import type { Kind } from './plot.ts';
import type { Seen } from '../model/store.ts';
import { clock, minute, written } from '../elements/text.ts';

const megabyte = 1024 * 1024;

const counted = {
  least: 10,
  unit: 1,
  write: (value: number): string => String(Number(value.toPrecision(3))),
};

const kinds: Kind[] = [
  { id: 'requests', title: 'Requests/s', measures: ['requests'], ...counted },
  {
    id: 'eventLoop',
    title: 'Event loop',
    measures: ['eventLoop', 'eventLoopMax'],
    least: 1,
    most: 1,
    unit: 1,
    write: written.eventLoop,
  },
  { id: 'sessions', title: 'Sessions', measures: ['sessions'], ...counted },
  {
    id: 'memory',
    title: 'Memory',
    measures: ['memory'],
    least: 100 * megabyte,
    unit: megabyte,
    write: written.memory,
  },
];

const minuteMs = 60_000;
const ranges: [minutes: number, title: string][] = [
  [5, '5 min'],
  [15, '15 min'],
  [60, '1 hour'],
];

/** The app's totals and what happened, over one time axis. */
export function Charts({ seen }: { seen: Seen }) {
  const [minutes, setMinutes] = useState(60);
  const [hovered, setHovered] = useState<number>();
  const now = seen.at;
  const from = now - minutes * minuteMs;
  const times = timesBetween(from, now);
  const lines = marksOf(seen.moments, from, now).map(({ at, moments }) => {
    const main = moments.toSorted((a, b) => looks[b.kind].weight - looks[a.kind].weight)[0]!;
    return { at, colour: looks[main.kind].colour };
  });
  return (
    <section class="panel charts" aria-labelledby="charts-title">
      <header>
        <h2 id="charts-title">Totals</h2>
        <span class="note">{hovered === undefined ? '' : `at ${clock(hovered)}`}</span>
        <fieldset class="ranges">
          <legend class="hidden">Time shown</legend>
          {ranges.map(([value, title]) => (
            <label key={value}>
              <input
                type="radio"
                name="range"
                class="hidden"
                checked={minutes === value}
                onChange={() => setMinutes(value)}
              />
              <span>{title}</span>
            </label>
          ))}
        </fieldset>
      </header>
      <Lane moments={seen.moments} from={from} to={now} />
      {kinds.map((kind) => (
        <Chart
          key={kind.id}
          kind={kind}
          series={seen.series}
          now={now}
          from={from}
          times={times}
          lines={lines}
          hovered={hovered}
          onHover={setHovered}
        />
      ))}
      <TimeAxis from={from} to={now} times={times} />
    </section>
  );
}

/** Round minutes, as many as fit below the charts. */
function timesBetween(from: number, to: number): number[] {
  const step = [1, 5, 10].find((minutes) => (to - from) / (minutes * minuteMs) <= 6)! * minuteMs;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, i) => first + i * step);
}

function TimeAxis({ from, to, times }: { from: number; to: number; times: readonly number[] }) {
  return (
    <div class="time-axis" aria-hidden="true">
      {times.map((at) => (
        <span key={at} style={{ left: `${(((at - from) / (to - from)) * 100).toFixed(2)}%` }}>
          {minute(at)}
        </span>
      ))}
    </div>
  );
}
