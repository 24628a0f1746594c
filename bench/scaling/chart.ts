import type { Recording } from './recording.ts';
import { axes, barsOf, lineOf, stepsOf, words, type Area } from './svg.ts';

const width = 900;
const left = 64;
const right = 24;
const panelHeight = 150;
const gap = 58;
const top = 92;

/** A panel of the chart: what it says above it, its unit, its scale, and what it draws. */
interface Panel {
  title: string;
  /** The colours of its series, by their names. */
  legend: [colour: string, name: string][];
  most: number;
  step: number;
  draw(area: Area): string[];
}

/** A round number of which at most five reach `most`. */
function stepFor(most: number): number {
  const unit = 10 ** Math.floor(Math.log10(most / 4));
  return [1, 2, 5, 10].map((each) => each * unit).find((step) => step * 5 >= most)!;
}

function workersPanel({ fleet, intervals, bears, limits, target }: Recording): Panel {
  const load = intervals.map(({ at, visitors }): [number, number] => [at, (visitors / bears) * limits.min]);
  const ready = fleet.map(({ at, ready: count }): [number, number] => [at, count]);
  const most = Math.max(limits.max, ...load.map(([, value]) => value)) + 0.5;
  return {
    title: 'Workers',
    legend: [
      ['blue', 'ready'],
      ['amber', `needed: the offered load, with each worker's event loop ${Math.round(target * 100)} % busy`],
    ],
    most,
    step: 2,
    draw: (area) => [lineOf(area, [[0, 0], ...load], 'amber', true), stepsOf(area, ready, 'blue')],
  };
}

function latencyPanel({ intervals }: Recording): Panel {
  const pick = (key: 'requestsP99' | 'callsP99'): [number, number][] =>
    intervals.flatMap(({ at, [key]: value }) => (value === null ? [] : [[at, value]]));
  const [requests, calls] = [pick('requestsP99'), pick('callsP99')];
  const most = Math.max(20, ...[...requests, ...calls].map(([, value]) => value)) * 1.1;
  return {
    title: '99th percentile of each 5 s, in milliseconds',
    legend: [
      ['blue', 'HTTP requests'],
      ['green', 'method calls'],
    ],
    most,
    step: stepFor(most),
    draw: (area) => [lineOf(area, calls, 'green'), lineOf(area, requests, 'blue')],
  };
}

function sessionsPanel({ intervals }: Recording): Panel {
  const open = intervals.map(({ at, sessions }): [number, number] => [at, sessions]);
  const eachTime = (key: 'moved' | 'dropped'): [number, number][] =>
    intervals.map((interval, index) => [interval.at, interval[key] - (intervals[index - 1]?.[key] ?? 0)]);
  const { moved, dropped } = intervals.at(-1)!;
  const most = Math.max(5, ...open.map(([, value]) => value)) * 1.1;
  return {
    title: 'DDP sessions',
    legend: [
      ['blue', 'open'],
      ['amber', `told to connect again, in 5 s (${moved} in all)`],
      ['red', `dropped (${dropped})`],
    ],
    most,
    step: stepFor(most),
    draw: (area) => [
      lineOf(area, [[0, 0], ...open], 'blue', true),
      barsOf(area, eachTime('moved'), 'amber'),
      barsOf(area, eachTime('dropped'), 'red'),
    ],
  };
}

/** One picture of three panels on one time axis; it follows the reader's light or dark. */
export function chart(recording: Recording): string {
  const panels = [workersPanel(recording), latencyPanel(recording), sessionsPanel(recording)];
  const seconds = recording.intervals.at(-1)!.at;
  const height = top + panels.length * (panelHeight + gap);
  const parts = panels.flatMap((panel, index) => {
    const y = top + index * (panelHeight + gap);
    const area = { x: left, y, width: width - left - right, height: panelHeight, seconds, most: panel.most };
    return [
      words(left, y - 12, panel.title, 'heading'),
      ...legendOf(panel, y - 12),
      ...axes(area, panel.step),
      ...panel.draw(area),
    ];
  });
  const { bears, cooldown, limits } = recording;
  const caption = `${limits.min} to ${limits.max} workers; two bear ${bears} visitors. Cool-downs: ${cooldown.up} up, ${cooldown.down} down.`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    '<title>The number of workers follows a load that rises to twice what two workers bear, and falls again</title>',
    `<style>${style}</style>`,
    '<rect class="paper" width="100%" height="100%" rx="8"/>',
    words(left, 30, 'Workers follow a load that rises to twice what two of them bear, and falls', 'title'),
    words(left, 50, caption, 'note'),
    ...parts,
    words(width - right, height - 12, 'seconds', 'note', 'end'),
    '</svg>',
    '',
  ].join('\n');
}

/** From the right end to the left, so that titles of any length have room. */
function legendOf({ legend }: Panel, y: number): string[] {
  let x = width - right;
  return legend.toReversed().flatMap(([colour, name]) => {
    const from = x - name.length * 6.1 - 18;
    x = from - 14;
    return [
      `<rect class="${colour} fill" x="${from.toFixed(1)}" y="${y - 9}" width="12" height="9" rx="2"/>`,
      words(from + 17, y, name, 'note'),
    ];
  });
}

const light =
  '--paper:#fff;--ink:#1c2330;--faint:#5b6577;--grid:#e3e7ee;--blue:#2563c9;--amber:#b86e00;--green:#2c8a3c;--red:#c62f2f';
const dark =
  '--paper:#14171f;--ink:#d5dae5;--faint:#98a2b5;--grid:#2a303d;--blue:#7aa7f0;--amber:#f2c26b;--green:#8fd28a;--red:#f2777a';
const colours = ['blue', 'amber', 'green', 'red']
  .map((name) => `.${name}{stroke:var(--${name})}.${name}.fill{fill:var(--${name});stroke:none}`)
  .join('');
const style =
  `svg{${light};font:12px system-ui,sans-serif}@media(prefers-color-scheme:dark){svg{${dark}}}` +
  `.paper{fill:var(--paper)}text{fill:var(--ink)}.title{font-size:16px;font-weight:600}.heading{font-weight:600}` +
  `.note{fill:var(--faint);font-size:11px}.grid{stroke:var(--grid)}.line{fill:none;stroke-width:2;stroke-linejoin:round}` +
  `.area{opacity:.15}${colours}`;
