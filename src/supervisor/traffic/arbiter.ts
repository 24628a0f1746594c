import { isOrphan } from '../workers/orphans.ts';
import type { Hello, Worker } from '../workers/worker.ts';

/**
 * Settles the moves that were under way when an earlier supervisor died: each worker says in its hello which sockets it
 * sent and has no answer to, and which it took. It says so when its old channel has ended, so it takes no other one
 * later: once all have spoken, nothing is in doubt. What one that cannot speak any more may have taken is let go of,
 * since its client would be served twice, or wait for an answer that nobody gives.
 */
export class Arbiter {
  readonly #workers: () => Iterable<Worker>;
  readonly #taken = new Set<string>();
  /** Workers from which nothing more will be heard. */
  readonly #settled = new Set<Worker>();
  #open: { worker: Worker; move: string }[] = [];
  /** Somebody may have taken more than is known. */
  #doubtful = false;
  readonly #lost: () => boolean;

  /** `lost`: whether workers had ended before this supervisor came. */
  constructor(workers: () => Iterable<Worker>, lost: () => boolean) {
    this.#workers = workers;
    this.#lost = lost;
  }

  heard(worker: Worker, hello: Hello): void {
    this.#settled.add(worker);
    for (const move of hello.taken) this.#taken.add(move);
    this.#open.push(...hello.moving.map((move) => ({ worker, move })));
    this.#look();
  }

  /** It has ended, or speaks another language. */
  silent(worker: Worker): void {
    if (isOrphan(worker) && !this.#settled.has(worker)) this.#doubtful = true;
    this.#settled.add(worker);
    this.#look();
  }

  #look(): void {
    for (const worker of this.#workers()) if (isOrphan(worker) && !this.#settled.has(worker)) return;
    const doubtful = this.#doubtful || this.#lost();
    for (const { worker, move } of this.#open) {
      worker.send({ type: doubtful || this.#taken.has(move) ? 'moved' : 'unmoved', move });
    }
    this.#open = [];
  }
}
