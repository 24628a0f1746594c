/** A value and when it was seen, in seconds. */
export interface Point {
  at: number;
  value: number;
}

export interface Trend {
  /** A second. */
  slope: number;
  /** Half of the width of the slope's 95 % confidence interval, a second. */
  error: number;
}

/** The straight line through the points by least squares; the interval takes 1.96 for Student's t, so give it dozens. */
export function trend(points: readonly Point[]): Trend {
  const mean = (of: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [at, value] = [mean((point) => point.at), mean((point) => point.value)];
  const spread = points.reduce((sum, point) => sum + (point.at - at) ** 2, 0);
  const together = points.reduce((sum, point) => sum + (point.at - at) * (point.value - value), 0);
  const slope = together / spread;
  const rest = points.reduce((sum, point) => sum + (point.value - value - slope * (point.at - at)) ** 2, 0);
  return { slope, error: 1.96 * Math.sqrt(rest / (points.length - 2) / spread) };
}

/** The least value of each span of `seconds`: of a heap that is what a collection left. */
export function troughs(points: readonly Point[], seconds: number): Point[] {
  const least = new Map<number, Point>();
  for (const point of points) {
    const span = Math.floor(point.at / seconds);
    const known = least.get(span);
    if (known === undefined || point.value < known.value) least.set(span, point);
  }
  return [...least.values()];
}
