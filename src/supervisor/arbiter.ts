import type { Hello, Worker } from './worker.ts';

/** How long orphans may take to find the new supervisor. */
const waitMs = 3_000;

/**
 * Settles the moves that were under way when an earlier supervisor died: each worker says in its hello which
 * sockets it sent and has no answer to, and which it took. Once all have spoken, nothing is in doubt.
 */
export class Arbiter {
  readonly #workers: () => Iterable<Worker>;
  readonly #taken = new Set<string>();
  readonly #heard = new Set<Worker>();
  #open: { worker: Worker; move: string }[] = [];

  constructor(workers: () => Iterable<Worker>) {
    this.#workers = workers;
  }

  heard(worker: Worker, hello: Hello): void {
    this.#heard.add(worker);
    for (const move of hello.taken) this.#taken.add(move);
    this.#open.push(...hello.moving.map((move) => ({ worker, move })));
    const orphans = [...this.#workers()].filter((other) => other.child === undefined);
    if (orphans.every((orphan) => this.#heard.has(orphan))) this.#settle();
    else setTimeout(() => this.#settle(), waitMs).unref();
  }

  #settle(): void {
    for (const { worker, move } of this.#open) {
      worker.send({ type: this.#taken.has(move) ? 'moved' : 'unmoved', move });
    }
    this.#open = [];
  }
}
