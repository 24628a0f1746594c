/** Where a panel draws: its place in pixels, and what its right and upper edges stand for. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
  seconds: number;
  most: number;
}

type Point = readonly [at: number, value: number];

const fixed = (value: number): string => String(Math.round(value * 10) / 10);
const across = ({ x, width, seconds }: Area, at: number): number =>
  x + (width * Math.min(at, seconds)) / seconds;
const up = ({ y, height, most }: Area, value: number): number => y + height * (1 - value / most);
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export function words(x: number, y: number, text: string, kind: string, anchor = 'start'): string {
  return `<text class="${kind}" x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

const everySeconds = [5, 10, 15, 30, 60, 120, 300, 600];

/** The grid with its numbers. */
export function axes(area: Area, step: number): string[] {
  const { x, y, width, height, seconds, most } = area;
  const every = everySeconds.find((each) => each * 10 >= seconds) ?? 1_200;
  const parts: string[] = [];
  for (let value = 0; value <= most; value += step) {
    const at = fixed(up(area, value));
    parts.push(`<line class="grid" x1="${x}" x2="${x + width}" y1="${at}" y2="${at}"/>`);
    parts.push(words(x - 8, Number(at) + 4, fixed(value), 'note', 'end'));
  }
  for (let at = 0; at <= seconds; at += every) {
    const place = fixed(across(area, at));
    parts.push(`<line class="grid" x1="${place}" x2="${place}" y1="${y}" y2="${y + height}"/>`);
    parts.push(words(Number(place), y + height + 16, String(at), 'note', 'middle'));
  }
  return parts;
}

const place = (area: Area, [at, value]: Point): string =>
  `${fixed(across(area, at))},${fixed(up(area, value))}`;

/** A line from point to point; `filled` down to zero where that helps to tell it from others. */
export function lineOf(area: Area, points: readonly Point[], colour: string, filled = false): string {
  const path = points.map((point) => place(area, point)).join(' ');
  const line = `<polyline class="line ${colour}" points="${path}"/>`;
  if (!filled || points.length === 0) return line;
  const [start, end] = [place(area, [points[0]![0], 0]), place(area, [points.at(-1)![0], 0])];
  return `<polygon class="area ${colour} fill" points="${start} ${path} ${end}"/>${line}`;
}

/** A value that stays as it is until it changes. */
export function stepsOf(area: Area, points: readonly Point[], colour: string): string {
  const corners = points.flatMap(([at, value], index): Point[] =>
    index === 0
      ? [[0, value]]
      : [
          [at, points[index - 1]![1]],
          [at, value],
        ],
  );
  return lineOf(area, corners, colour);
}

const barWidth = 6;

/** A bar for each value that is not nothing. */
export function barsOf(area: Area, points: readonly Point[], colour: string): string {
  return points
    .filter(([, value]) => value > 0)
    .map(([at, value]) => {
      const [x, y] = [across(area, at) - barWidth / 2, up(area, value)];
      const height = up(area, 0) - y;
      return `<rect class="${colour} fill" x="${fixed(x)}" y="${fixed(y)}" width="${barWidth}" height="${fixed(height)}"/>`;
    })
    .join('');
}
