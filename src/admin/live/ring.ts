/** The last numbers of a row, in memory that is taken once. */
export class Ring {
  readonly #numbers: Float64Array;
  #next = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#numbers = new Float64Array(capacity);
  }

  push(number: number): void {
    this.#numbers[this.#next] = number;
    this.#next = (this.#next + 1) % this.#numbers.length;
    this.#count = Math.min(this.#count + 1, this.#numbers.length);
  }

  /** The oldest first. */
  toArray(): number[] {
    const start = this.#count < this.#numbers.length ? 0 : this.#next;
    return Array.from({ length: this.#count }, (_, i) => this.#numbers[(start + i) % this.#numbers.length]!);
  }
}
