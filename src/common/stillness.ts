/** Tells how long something has been as it is, while it was looked at: a duration that no date has to be trusted for. */
export class Stillness {
  readonly #now: () => number;
  #seen: string | undefined;
  #since = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** For how many milliseconds `state` has been what it is now. */
  look(state: string): number {
    const now = this.#now();
    if (state !== this.#seen) this.#since = now;
    this.#seen = state;
    return now - this.#since;
  }
}
