import type { Refusal } from '../../protocol/refusals.ts';
import type { WayOut } from '../hand-over/giving/given-session.ts';
import type { Departures } from './departures.ts';

/** What a worker that empties hands over, each once; what cannot go on elsewhere is told to go. */
export class Leavers<T extends object> {
  readonly #way: WayOut<T>;
  readonly #departures: Departures;
  readonly #onTheirWay = new WeakSet<T>();
  readonly #refused = new WeakMap<T, Refusal>();

  constructor(way: WayOut<T>, departures: Departures) {
    this.#way = way;
    this.#departures = departures;
  }

  isToGive(leaver: T): boolean {
    if (this.#onTheirWay.has(leaver) || this.#refused.has(leaver)) return false;
    return this.#way.obstacleOf(leaver) === undefined;
  }

  /** Nobody takes it: its client is told to connect anew. */
  isToClose(leaver: T): boolean {
    return !this.#onTheirWay.has(leaver) && !this.isToGive(leaver);
  }

  /** `back` is called when it stays. */
  give(leaver: T, back: () => void): void {
    this.#onTheirWay.add(leaver);
    this.#way.give(leaver, (refusal) => {
      if (refusal === undefined) {
        this.#departures.handedOver += 1;
        return;
      }
      this.#onTheirWay.delete(leaver);
      this.#refused.set(leaver, refusal);
      back();
    });
  }

  /** Why it is told to go. */
  reasonOf(leaver: T, otherwise: Refusal): Refusal {
    return this.#refused.get(leaver) ?? this.#way.obstacleOf(leaver) ?? otherwise;
  }
}
