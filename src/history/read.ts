import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { LogReader } from '../logs/log-reader.ts';
import { liveNumber, oldPieces } from '../logs/pieces.ts';
import type { FleetEvent } from '../running/events.ts';

const everyMs = 200;

/** Which events are wanted; all, where nothing is said. */
export interface EventChoice {
  /** Not before this time, in milliseconds since the epoch. */
  since?: number | undefined;
  types?: ReadonlySet<string> | undefined;
  slot?: number | undefined;
}

function chosen(event: FleetEvent, { since = 0, types, slot }: EventChoice): boolean {
  return (
    event.time >= since &&
    (types === undefined || types.has(event.type)) &&
    (slot === undefined || ('slot' in event && event.slot === slot))
  );
}

/** The events that the journal at `path` holds, the oldest first. The app need not run. */
export async function* readEvents(path: string, choice: EventChoice = {}): AsyncGenerator<FleetEvent> {
  yield* events(readerSince(path, choice.since), choice);
}

/** The same, and each new one when it happens. Ends by `signal`. */
export async function* followEvents(
  path: string,
  choice: EventChoice,
  signal: AbortSignal,
): AsyncGenerator<FleetEvent> {
  const reader = readerSince(path, choice.since);
  while (!signal.aborted) {
    yield* events(reader, choice);
    // oxlint-disable-next-line no-await-in-loop
    await wait(everyMs, undefined, { signal }).catch(() => {});
  }
}

/** The newest `count` of the chosen events, the oldest of them first. */
export async function lastEvents(
  path: string,
  count: number,
  choice: EventChoice = {},
): Promise<FleetEvent[]> {
  const pieces = oldPieces(path);
  const found: FleetEvent[] = [];
  let below = Infinity;
  for (const piece of [liveNumber(pieces), ...pieces.map(({ number }) => number).toReversed()]) {
    const here: FleetEvent[] = [];
    // oxlint-disable-next-line no-await-in-loop -- the newest piece mostly has enough
    for await (const event of events(new LogReader(path, { piece, offset: 0 }), choice, below)) {
      here.push(event);
    }
    found.unshift(...here.slice(-(count - found.length)));
    if (found.length >= count) break;
    below = piece;
  }
  return found;
}

async function* events(
  reader: LogReader,
  choice: EventChoice,
  belowPiece = Infinity,
): AsyncGenerator<FleetEvent> {
  for await (const { place, line } of reader.lines()) {
    if (place.piece >= belowPiece) return;
    const event = parsed(line);
    if (event !== undefined && chosen(event, choice)) yield event;
  }
}

/** A supervisor that was killed while it wrote leaves half a line. */
function parsed(line: string): FleetEvent | undefined {
  try {
    return JSON.parse(line) as FleetEvent;
  } catch {
    return undefined;
  }
}

/** Pieces that were last written to before `since` hold nothing of interest. */
function readerSince(path: string, since = 0): LogReader {
  const pieces = oldPieces(path);
  const first = pieces.find(
    (piece) => (statSync(piece.path, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= since,
  );
  return new LogReader(path, { piece: first?.number ?? liveNumber(pieces), offset: 0 });
}
