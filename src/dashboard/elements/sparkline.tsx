const width = 72;
const height = 22;
const points = 61;

/**
 * The last five minutes of one number, the newest at the right. It says nothing that the number beside it does not,
 * so a screen reader leaves it out.
 */
export function Sparkline({ values, now, top }: { values: readonly number[]; now: number; top: number }) {
  const shown = [...values.slice(-points + 1), now];
  const step = width / (points - 1);
  const y = (value: number): number => height - 1 - Math.min(1, value / top) * (height - 3);
  const left = width - (shown.length - 1) * step;
  const line = shown.map((value, i) => `${(left + i * step).toFixed(1)} ${y(value).toFixed(1)}`).join('L');
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="spark-area" d={`M${left.toFixed(1)} ${height}L${line}L${width} ${height}Z`} />
      <path class="spark-line" d={`M${line}`} />
    </svg>
  );
}
