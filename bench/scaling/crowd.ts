import type { Tally } from './tally.ts';
import { Visitor } from './visitor.ts';

/** As many visitors as are wanted at a moment; half of them with SockJS's WebSocket, half with a raw one. */
export class Crowd {
  readonly #url: string;
  readonly #tally: Tally;
  readonly #visitors: Visitor[] = [];
  readonly #leaving = new Set<Promise<void>>();
  #born = 0;

  constructor(url: string, tally: Tally) {
    this.#url = url;
    this.#tally = tally;
  }

  get size(): number {
    return this.#visitors.length;
  }

  /** Those who have been there for longest go first. */
  resize(wanted: number): void {
    while (this.#visitors.length < wanted) {
      this.#born += 1;
      const transport = this.#born % 2 === 0 ? 'websocket' : 'raw';
      this.#visitors.push(new Visitor(this.#url, `v${this.#born}`, transport, this.#tally));
    }
    for (const visitor of this.#visitors.splice(0, this.#visitors.length - wanted)) {
      const left = visitor.leave().finally(() => this.#leaving.delete(left));
      this.#leaving.add(left);
    }
  }

  /** Resolves when all have left. */
  async disperse(): Promise<void> {
    this.resize(0);
    await Promise.all(this.#leaving);
  }
}
