import { Levels, type Level } from '../../logs/levels.ts';
import type { LiveEvents, LogLine, Sample, SeriesView, Snapshot } from '../../admin/live/wire.ts';

/** As many samples as an hour has. */
const keptSamples = 720;
const keptWorkerSamples = 120;
const keptLines = 2_000;

/** A line with a number of its own, so that it stays the same element while others come and go. */
export interface NumberedLine extends LogLine {
  id: number;
  level: Level;
}

/** All that the page shows. A new object for each change. */
export interface Seen extends Omit<Snapshot, 'log'> {
  log: NumberedLine[];
}

let lastLine = 0;
/** A worker's lines have their levels from each other: a stack belongs to the error above it. */
const levelsOf = new Map<number, Levels>();
function numbered(lines: readonly LogLine[]): NumberedLine[] {
  return lines.map((line) => {
    const levels = levelsOf.get(line.slot) ?? new Levels();
    levelsOf.set(line.slot, levels);
    return { ...line, id: (lastLine += 1), level: levels.of(line.line) };
  });
}

/** What is seen after an event of the stream. Before the first snapshot nothing is. */
export function afterEvent<E extends keyof LiveEvents>(
  seen: Seen | undefined,
  event: E,
  data: LiveEvents[E],
): Seen | undefined {
  if (seen !== undefined) return { ...seen, ...changes[event](seen, data) };
  return event === 'snapshot' ? fromSnapshot(undefined, data as Snapshot) : undefined;
}

type Change<E extends keyof LiveEvents> = (seen: Seen, data: LiveEvents[E]) => Partial<Seen>;

const changes: { [E in keyof LiveEvents]: Change<E> } = {
  snapshot: fromSnapshot,
  tick: (_seen, tick) => tick,
  sample: ({ series }, sample) => ({ series: longer(series, sample) }),
  moment: ({ moments }, moment) => ({ moments: [...moments, moment] }),
  releases: (_seen, releases) => ({ releases }),
  log: ({ log }, lines) => ({ log: [...log, ...numbered(lines)].slice(-keptLines) }),
};

/** A supervisor that has just started remembers nothing: what this page saw before is kept then. */
function fromSnapshot(before: Seen | undefined, snapshot: Snapshot): Seen {
  const log = numbered(snapshot.log);
  if (before === undefined || before.status.supervisor.pid === snapshot.status.supervisor.pid) {
    return { ...snapshot, log };
  }
  const since = snapshot.log[0]?.at ?? snapshot.at;
  const earlier = before.log.filter(({ at }) => at < since);
  return {
    ...snapshot,
    series: joined(before.series, snapshot.series),
    log: [...earlier, ...log].slice(-keptLines),
  };
}

function joined(before: SeriesView, after: SeriesView): SeriesView {
  const start = after.times[0] ?? Infinity;
  const count = before.times.filter((time) => time < start).length;
  const join = (old: number[], row: number[]): number[] =>
    [...old.slice(0, count), ...row].slice(-keptSamples);
  return {
    ...after,
    times: join(before.times, after.times),
    total: mapRows(after.total, (row, name) => join(before.total[name], row)),
  };
}

const more = (row: number[], value: number, kept: number): number[] => [...row, value].slice(-kept);

function longer(series: SeriesView, { at, total, workers }: Sample): SeriesView {
  return {
    ...series,
    times: more(series.times, at, keptSamples),
    total: mapRows(series.total, (row, name) => more(row, total[name], keptSamples)),
    workers: Object.fromEntries(
      Object.entries(workers).map(([slot, numbers]) => {
        const rows = series.workers[Number(slot)];
        return [slot, mapRows(numbers, (value, name) => more(rows?.[name] ?? [], value, keptWorkerSamples))];
      }),
    ),
  };
}

/** The same names with other values. */
function mapRows<N extends string, A, B>(rows: Record<N, A>, to: (value: A, name: N) => B): Record<N, B> {
  return Object.fromEntries(
    (Object.entries(rows) as [N, A][]).map(([name, value]) => [name, to(value, name)]),
  ) as Record<N, B>;
}
