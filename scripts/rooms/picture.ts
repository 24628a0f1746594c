import { imports } from './imports.ts';
import { layersOf, reduced, type Graph } from './layers.ts';

const [boxHeight, gap, rowHeight, margin, perLetter] = [30, 48, 84, 24, 7.4];

interface Box {
  name: string;
  x: number;
  y: number;
  width: number;
}

/** A part of `src` as one box, or its rooms: what of a room's name is shown, undefined for those that are not. */
export type View = (room: string) => string | undefined;

/** The parts of `src`, each as one. */
export const ofParts: View = (room) => room.split('/')[0];

/** The rooms of one part. */
export const roomsOf =
  (part: string): View =>
  (room) =>
    room.startsWith(`${part}/`) ? room.slice(part.length + 1) : room === part ? 'main' : undefined;

function graphOf(view: View): Graph {
  const graph = new Map<string, Set<string>>();
  const known = (name: string): Set<string> => {
    const set = graph.get(name) ?? new Set();
    graph.set(name, set);
    return set;
  };
  for (const { from, to } of imports()) {
    const [a, b] = [view(from), view(to)];
    if (a !== undefined) known(a);
    if (b !== undefined) known(b);
    if (a !== undefined && b !== undefined && a !== b) known(a).add(b);
  }
  return graph;
}

const widthOf = (name: string): number => Math.round(name.length * perLetter + 22);

const rowWidth = (row: readonly string[]): number =>
  row.reduce((sum, name) => sum + widthOf(name) + gap, -gap);

function place(rows: readonly string[][]): { boxes: Box[]; width: number; height: number } {
  const width = Math.max(...rows.map(rowWidth)) + 2 * margin;
  const boxes = rows.flatMap((row, i) => {
    // A row that is narrow spreads, so that arrows do not run through boxes of rows between.
    const space = (width - 2 * margin - rowWidth(row)) / (row.length + 1);
    let x = margin;
    return row.map((name) => {
      x += space;
      const box = { name, x: Math.round(x), y: margin + i * rowHeight, width: widthOf(name) };
      x += box.width + gap;
      return box;
    });
  });
  return { boxes, width, height: 2 * margin + (rows.length - 1) * rowHeight + boxHeight };
}

const style = `.room{fill:#f4f6fa;stroke:#3b5b92}text{font:13px system-ui,sans-serif;fill:#1c2330;text-anchor:middle}
.arrow{fill:none;stroke:#7f8aa0;stroke-width:1.2}.tip{fill:#7f8aa0}.ground{fill:#fff}
@media (prefers-color-scheme:dark){.ground{fill:#12161d}.room{fill:#1d2531;stroke:#7fa6f5}text{fill:#e8ecf3}}`;

/** Which room knows which: an SVG. An arrow that follows from others is left out. */
export function pictureOf(view: View): string {
  const graph = graphOf(view);
  const { boxes, width, height } = place(layersOf(graph));
  const at = new Map(boxes.map((box) => [box.name, box]));
  const arrows = [...reduced(graph)].flatMap(([from, known]) =>
    [...known].toSorted().map((to) => {
      const [a, b] = [at.get(from)!, at.get(to)!];
      const [x1, y1] = [a.x + a.width / 2, a.y + boxHeight];
      const [x2, y2] = [b.x + b.width / 2, b.y - 6];
      const bend = (y2 - y1) / 2;
      return `<path class="arrow" marker-end="url(#tip)" d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}"/>`;
    }),
  );
  const rooms = boxes.map(
    ({ name, x, y, width: w }) =>
      `<rect class="room" x="${x}" y="${y}" width="${w}" height="${boxHeight}" rx="5"/>` +
      `<text x="${x + w / 2}" y="${y + 19}">${name}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<style>${style}</style>`,
    '<marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0 8 4 0 8z"/></marker>',
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...arrows,
    ...rooms,
    '</svg>',
    '',
  ].join('\n');
}
