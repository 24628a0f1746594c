/** A graph without circles: whom each node knows. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Who is known by nobody comes in the first row; each row knows only rows below it. */
export function layersOf(graph: Graph): string[][] {
  const depths = new Map<string, number>();
  const depthOf = (node: string): number => {
    const known = depths.get(node);
    if (known !== undefined) return known;
    const depth = Math.max(-1, ...Array.from(graph.get(node)!, depthOf)) + 1;
    depths.set(node, depth);
    return depth;
  };
  const rows: string[][] = [];
  for (const node of [...graph.keys()].toSorted()) (rows[depthOf(node)] ??= []).push(node);
  return untangled(rows.toReversed(), graph);
}

/** Puts each node of a row near those that it knows, or is known by, in the row beside. */
function untangled(rows: string[][], graph: Graph): string[][] {
  const places = new Map<string, number>();
  const place = (row: readonly string[]): void =>
    row.forEach((node, i) => places.set(node, (i + 0.5) / row.length));
  const knows = (a: string, b: string): boolean => graph.get(a)!.has(b) || graph.get(b)!.has(a);
  rows.forEach(place);
  const all = [...graph.keys()];
  for (let sweep = 0; sweep < 8; sweep += 1) {
    for (const row of sweep % 2 === 0 ? rows : rows.toReversed()) {
      const wished = new Map(
        row.map((node) => {
          const near = all.filter((other) => knows(node, other)).map((other) => places.get(other)!);
          return [node, near.reduce((sum, each) => sum + each, 0) / Math.max(1, near.length)];
        }),
      );
      row.sort((a, b) => wished.get(a)! - wished.get(b)!);
      place(row);
    }
  }
  return rows;
}

/** Without the arrows that follow from others: `a → c` beside `a → b → c`. */
export function reduced(graph: Graph): Graph {
  const reaches = (from: string, to: string): boolean =>
    graph.get(from)!.has(to) || [...graph.get(from)!].some((next) => reaches(next, to));
  return new Map(
    Array.from(graph, ([node, known]) => [
      node,
      new Set([...known].filter((to) => ![...known].some((via) => via !== to && reaches(via, to)))),
    ]),
  );
}
