/** What bounds a tail. */
export interface TailLimits {
  entries: number;
  /** Of all entries together. */
  characters: number;
}

/** The last of many entries, bounded in number and in size. */
export class Tail<T> {
  readonly #limits: TailLimits;
  readonly #sizeOf: (entry: T) => number;
  #entries: T[] = [];
  #characters = 0;

  /** `sizeOf`: how many characters an entry has. */
  constructor(limits: TailLimits, sizeOf: (entry: T) => number) {
    this.#limits = limits;
    this.#sizeOf = sizeOf;
  }

  add(entry: T): void {
    this.#entries.push(entry);
    this.#characters += this.#sizeOf(entry);
    while (this.#entries.length > this.#limits.entries || this.#characters > this.#limits.characters) {
      this.#characters -= this.#sizeOf(this.#entries.shift()!);
    }
  }

  list(): T[] {
    return [...this.#entries];
  }

  clear(): void {
    this.#entries = [];
    this.#characters = 0;
  }
}
