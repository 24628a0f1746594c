import type { Refusal } from '../../protocol/refusals.ts';

/** Which clients have left a worker that empties, and how. */
export class Departures {
  handedOver = 0;
  /** How many were told to connect anew, by the reason. */
  readonly #reconnected = new Map<Refusal, number>();

  reconnects(reason: Refusal): void {
    this.#reconnected.set(reason, (this.#reconnected.get(reason) ?? 0) + 1);
  }

  get reconnected(): { reason: string; count: number }[] {
    return [...this.#reconnected].map(([reason, count]) => ({ reason, count }));
  }
}
