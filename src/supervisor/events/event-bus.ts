import { epochMs } from '../../common/dates.ts';
import type { FleetEvent } from '../../running/events.ts';

/** An event without its time. */
export type Happening = FleetEvent extends infer E ? (E extends FleetEvent ? Omit<E, 'time'> : never) : never;

/** Tells everyone who listens what happens to the fleet. */
export class EventBus {
  readonly #listeners = new Set<(event: FleetEvent) => void>();

  subscribe(listener: (event: FleetEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  happened(event: Happening): void {
    for (const listener of this.#listeners) listener({ time: epochMs(), ...event });
  }
}
