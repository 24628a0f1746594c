import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { atLeast, type Level } from './levels.ts';
import { liveNumber, oldPieces, type Place } from './pieces.ts';
import { notBefore, placeSince, TimedReader, type LogEntry, type LogFile } from './timed-reader.ts';

export type { LogEntry } from './timed-reader.ts';

/** Which lines are wanted; all, where nothing is said. */
export interface LogChoice {
  /** Not before this time, in milliseconds since the epoch. */
  since?: number | undefined;
  level?: Level | undefined;
  slot?: number | undefined;
}

const everyMs = 200;
/** A line that has had no line break for so long is a line. */
const restMs = 1000;

function chosen(entry: LogEntry, { since, level }: LogChoice): boolean {
  return (
    (since === undefined || notBefore(entry, since)) && (level === undefined || atLeast(entry.level, level))
  );
}

/** The logs of all workers that ever were, of every kept release in the folder `releases`. */
export function logFiles(releases: string, slot?: number): LogFile[] {
  return names(releases).flatMap((release) => {
    const folder = join(releases, release, 'log');
    return names(folder)
      .map((name) => /^(\d+)\.log$/.exec(name)?.[1])
      .filter((found) => found !== undefined && (slot === undefined || Number(found) === slot))
      .map((found) => ({
        path: join(folder, `${found}.log`),
        slot: Number(found),
        release: Number(release),
      }));
  });
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d/.test(name));
  } catch {
    return [];
  }
}

/** What the workers of an app have written, by time; of one worker in its order. The app need not run. */
export async function* readLogs(releases: string, choice: LogChoice = {}): AsyncGenerator<LogEntry> {
  const readers = logFiles(releases, choice.slot).map((file) => new TimedReader(file, startOf(file, choice)));
  yield* merged(readers.map((reader) => toTheEnd(reader, choice)));
}

/** Several logs as one. */
async function* merged(sources: AsyncGenerator<LogEntry, undefined>[]): AsyncGenerator<LogEntry> {
  const heads = await Promise.all(sources.map((source) => source.next()));
  for (;;) {
    let first = -1;
    let earliest = Infinity;
    for (const [index, head] of heads.entries()) {
      if (head.done || head.value.time >= earliest) continue;
      first = index;
      earliest = head.value.time;
    }
    const head = heads[first];
    if (head === undefined || head.done) return;
    yield head.value;
    // oxlint-disable-next-line no-await-in-loop -- one line after the other
    heads[first] = await sources[first]!.next();
  }
}

const startOf = ({ path }: LogFile, { since }: LogChoice): Place | undefined =>
  since === undefined ? undefined : placeSince(path, since);

/** What is there, the last line too, though it may have no line break. */
async function* toTheEnd(reader: TimedReader, choice: LogChoice): AsyncGenerator<LogEntry, undefined> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one chunk after the other
    const some = await reader.some();
    if (some === undefined) break;
    for (const entry of some) if (chosen(entry, choice)) yield entry;
  }
  const rest = reader.takeRest();
  if (rest !== undefined && chosen(rest, choice)) yield rest;
  return undefined;
}

/** The newest `count` of the chosen lines of all workers, the oldest of them first. */
export async function lastLines(
  releases: string,
  count: number,
  choice: LogChoice = {},
): Promise<LogEntry[]> {
  const all = await Promise.all(logFiles(releases, choice.slot).map((file) => lastOf(file, count, choice)));
  return byTime(all.flat()).slice(-count);
}

const byTime = (found: LogEntry[]): LogEntry[] => found.toSorted((a, b) => a.time - b.time);

/** Goes back one piece after the other until there is enough. */
async function lastOf(file: LogFile, count: number, choice: LogChoice): Promise<LogEntry[]> {
  const pieces = oldPieces(file.path);
  let found: LogEntry[] = [];
  for (const piece of [liveNumber(pieces), ...pieces.map(({ number }) => number).toReversed()]) {
    found = [];
    // oxlint-disable-next-line no-await-in-loop -- the newest piece mostly has enough
    for await (const entry of toTheEnd(new TimedReader(file, { piece, offset: 0 }), choice)) {
      found.push(entry);
      if (found.length >= 2 * count) found = found.slice(-count);
    }
    if (found.length >= count) break;
  }
  return found.slice(-count);
}

/**
 * The chosen lines that are there (only the `last` of them where `since` says nothing), and each new one when it is
 * written: across rotations, and of workers and releases that come later. Ends by `signal`.
 */
export async function* followLogs(
  releases: string,
  choice: LogChoice,
  last: number,
  signal: AbortSignal,
): AsyncGenerator<LogEntry> {
  const followed = new Map<string, Followed>();
  for (const file of logFiles(releases, choice.slot)) {
    followed.set(file.path, new Followed(new TimedReader(file, startOf(file, choice) ?? lately(file))));
  }
  yield* before([...followed.values()], choice, last);
  while (!signal.aborted) {
    const fresh: LogEntry[] = [];
    for (const file of logFiles(releases, choice.slot)) {
      const log = followed.get(file.path) ?? new Followed(new TimedReader(file));
      followed.set(file.path, log);
      // oxlint-disable-next-line no-await-in-loop -- files, one after the other
      fresh.push(...(await log.fresh()));
    }
    yield* byTime(fresh.filter((entry) => chosen(entry, choice)));
    // oxlint-disable-next-line no-await-in-loop
    if (fresh.length === 0) await wait(everyMs, undefined, { signal }).catch(() => {});
  }
}

/** The beginning of the newest old piece: enough for a look at what was before. */
const lately = ({ path }: LogFile): Place => ({ piece: oldPieces(path).at(-1)?.number ?? 0, offset: 0 });

async function* before(logs: readonly Followed[], choice: LogChoice, last: number): AsyncGenerator<LogEntry> {
  const all = merged(logs.map(({ reader }) => toTheEnd(reader, choice)));
  if (choice.since !== undefined) {
    yield* all;
    return;
  }
  let newest: LogEntry[] = [];
  for await (const entry of all) {
    newest.push(entry);
    if (newest.length >= 2 * last) newest = newest.slice(-last);
  }
  yield* newest.slice(-last);
}

/** A log that is followed. */
class Followed {
  readonly reader: TimedReader;
  #waiting = 0;
  #since = 0;

  constructor(reader: TimedReader) {
    this.reader = reader;
  }

  /** Some lines that are new. */
  async fresh(): Promise<LogEntry[]> {
    const some = await this.reader.some();
    if (some !== undefined) return some;
    const { waiting } = this.reader;
    if (waiting !== this.#waiting) {
      this.#waiting = waiting;
      this.#since = performance.now();
    }
    if (waiting === 0 || performance.now() - this.#since < restMs) return [];
    const rest = this.reader.takeRest();
    return rest === undefined ? [] : [rest];
  }
}
