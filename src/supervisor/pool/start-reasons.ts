import type { Generation } from '../workers/worker-plan.ts';

/** Knows why a worker starts, for the history: what brought its phase about, or what its slot needs it for. */
export class StartReasons {
  readonly #workersAtStart: number;
  /** The phase of the last worker that each slot had. */
  readonly #phases = new Map<number, number>();

  constructor(workersAtStart: number) {
    this.#workersAtStart = workersAtStart;
  }

  /** An earlier supervisor has left a worker here. */
  adopted(slot: number): void {
    this.#phases.set(slot, 0);
  }

  /**
   * A worker starts in `slot`. `died`: the one before has, and no other has become ready since. `outgoing`: why the one
   * before must go.
   */
  of(slot: number, { phase, cause }: Generation, died: boolean, outgoing?: string): string {
    const before = this.#phases.get(slot);
    this.#phases.set(slot, phase);
    if (outgoing !== undefined) return outgoing;
    if (before === undefined) return slot <= this.#workersAtStart ? 'start' : 'scale';
    if (before === phase) return died ? 'died' : 'scale';
    return phase === 1 ? 'takeover' : cause;
  }
}
