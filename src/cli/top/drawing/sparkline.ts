import type { Glyphs } from './glyphs.ts';

/** The values that stand for the lowest and the highest mark. */
export interface Scale {
  low: number;
  high: number;
}

/** The last `width` values as marks, the newest at the right; blank where there is none yet. */
export function sparkline(
  values: readonly number[],
  width: number,
  { low, high }: Scale,
  { spark }: Glyphs,
): string {
  const marks = values.slice(-width).map((value) => {
    const share = high > low ? (value - low) / (high - low) : 0;
    const level = Math.round(Math.min(1, Math.max(0, share)) * (spark.length - 1));
    return spark[level]!;
  });
  return marks.join('').padStart(width);
}
