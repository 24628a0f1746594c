/** The offered load, in multiples of what two workers bear, at a share of the whole time from 0 to 1. */
export type Curve = (share: number) => number;

/** Passes through these points in straight lines. */
const through =
  (...points: [share: number, load: number][]): Curve =>
  (share) => {
    const next = points.findIndex(([at]) => at > share);
    if (next === -1) return points.at(-1)![1];
    if (next === 0) return points[0]![1];
    const [[from, low], [to, high]] = [points[next - 1]!, points[next]!];
    return low + ((high - low) * (share - from)) / (to - from);
  };

export const curves = {
  /** Up to twice what two workers bear, and down to nothing; what is left at the end is time for the last step down. */
  rise: through([0, 0], [0.4, 2], [0.48, 2], [0.8, 0], [1, 0]),
  /** From one moment to the next, and back. */
  steps: through(
    [0, 0.5],
    [0.12, 0.5],
    [0.121, 1.3],
    [0.35, 1.3],
    [0.351, 2],
    [0.58, 2],
    [0.581, 0.4],
    [1, 0.4],
  ),
  /** Short ones and one that lasts. */
  spike: through(
    ...[0.1, 0.25, 0.4].flatMap((at, index): [number, number][] => {
      const end = at + (index === 2 ? 0.16 : 0.025);
      return [
        [at, 0.4],
        [at + 0.001, 1.8],
        [end, 1.8],
        [end + 0.001, 0.4],
      ];
    }),
  ),
} satisfies Record<string, Curve>;

export type CurveName = keyof typeof curves;
