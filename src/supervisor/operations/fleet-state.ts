import type { Slot } from '../pool/slots.ts';
import type { Status } from '../../running/status.ts';
import type { Worker } from '../workers/worker.ts';

/** How the app is as a whole, and the moment when that changes. */
export class FleetState {
  current: Status['state'] = 'starting';
  readonly #changed: (state: Status['state']) => void;

  constructor(changed: (state: Status['state']) => void) {
    this.#changed = changed;
  }

  look(stopping: boolean, workers: Iterable<Worker>, slots: ReadonlyMap<number, Slot>): void {
    const state = stateOf(stopping, [...workers], slots);
    if (state === this.current) return;
    this.current = state;
    this.#changed(state);
  }
}

function stateOf(
  stopping: boolean,
  workers: readonly Worker[],
  slots: ReadonlyMap<number, Slot>,
): Status['state'] {
  if (stopping) return 'stopping';
  if (workers.some((worker) => worker.state === 'ready' && worker.accepting)) return 'running';
  return [...slots.values()].some((slot) => slot.failing) ? 'failing' : 'starting';
}
