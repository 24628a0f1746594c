/** Lets one of a kind through in each span of time. */
export class Rate {
  readonly #everyMs: number;
  readonly #kinds = new Map<string, { until: number; held: number }>();

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** How many of this kind were held back before this one; undefined when it is held back itself. */
  pass(kind: string, now: number): number | undefined {
    const known = this.#kinds.get(kind);
    if (known !== undefined && now < known.until) {
      known.held += 1;
      return undefined;
    }
    this.#kinds.set(kind, { until: now + this.#everyMs, held: 0 });
    return known?.held ?? 0;
  }
}
