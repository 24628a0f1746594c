import type { Fleet, FleetEvent } from '../supervisor/types.ts';

/** As many events as a start has at most: who connects a moment later still sees its first lines. */
const kept = 1000;

/** The last events of a fleet, for those who come late. */
export interface EventLog {
  /** Calls `listener` for the kept events after `since` (milliseconds since the epoch), then for each new one. */
  follow(since: number, listener: (event: FleetEvent) => void): () => void;
  close(): void;
}

export function keepEvents(fleet: Fleet): EventLog {
  const events: FleetEvent[] = [];
  const listeners = new Set<(event: FleetEvent) => void>();
  const close = fleet.subscribe((event) => {
    events.push(event);
    if (events.length > kept) events.shift();
    for (const listener of listeners) listener(event);
  });
  const follow: EventLog['follow'] = (since, listener) => {
    for (const event of events) if (event.time > since) listener(event);
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return { follow, close };
}
