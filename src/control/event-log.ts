import type { Fleet } from '../running/operations.ts';
import type { FleetEvent } from '../running/events.ts';
import { Tail } from '../common/tail.ts';

/** As many events as a start has at most: who connects a moment later still sees its first lines. */
const limits = { entries: 1_000, characters: 2 << 20 };

/** The last events of a fleet, for those who come late. */
export interface EventLog {
  /** Calls `listener` for the kept events after `since` (milliseconds since the epoch), then for each new one. */
  follow(since: number, listener: (event: FleetEvent) => void): () => void;
  close(): void;
}

/** Of what an app has printed: all else is small. */
function sizeOf(event: FleetEvent): number {
  if (event.type === 'output') return event.line.length;
  return event.type === 'exit' ? event.output.reduce((sum, line) => sum + line.length, 0) : 0;
}

export function keepEvents(fleet: Fleet): EventLog {
  const events = new Tail(limits, sizeOf);
  const listeners = new Set<(event: FleetEvent) => void>();
  const close = fleet.subscribe((event) => {
    events.add(event);
    for (const listener of listeners) listener(event);
  });
  const follow: EventLog['follow'] = (since, listener) => {
    for (const event of events.list()) if (event.time > since) listener(event);
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return { follow, close };
}
