import type { Worker } from '../workers/worker.ts';

/** Its app has opened a session by then, or it never does. */
const lastsMs = 10_000;
const most = 5_000;
/** Of those that one client address may have. Behind a proxy that nobody trusts all clients have one. */
const mostOfAddress = 500;

interface Place {
  worker: Worker;
  address: string;
  since: number;
}

/** Where the sessions are to be opened that no app has opened yet: any name that a client makes up may be one. */
export class Reservations {
  /** The oldest ones first. */
  readonly #places = new Map<string, Place>();
  /** How many each client address has. */
  readonly #counts = new Map<string, number>();
  readonly #now: () => number;

  /** `now`: a monotonic clock, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get(session: string): Worker | undefined {
    const place = this.#places.get(session);
    return place === undefined || this.#isOver(place) ? undefined : place.worker;
  }

  /** Does nothing for an address that has very many: its sessions are opened where they come. */
  add(session: string, worker: Worker, address: string): void {
    this.delete(session);
    for (const [oldest, place] of this.#places) {
      if (this.#places.size < most && !this.#isOver(place)) break;
      this.delete(oldest);
    }
    const count = this.#counts.get(address) ?? 0;
    if (count >= mostOfAddress) return;
    this.#counts.set(address, count + 1);
    this.#places.set(session, { worker, address, since: this.#now() });
  }

  delete(session: string): void {
    const place = this.#places.get(session);
    if (place === undefined) return;
    this.#places.delete(session);
    const left = this.#counts.get(place.address)! - 1;
    if (left === 0) this.#counts.delete(place.address);
    else this.#counts.set(place.address, left);
  }

  forgetWorker(worker: Worker): void {
    for (const [session, place] of this.#places) if (place.worker === worker) this.delete(session);
  }

  #isOver({ since }: Place): boolean {
    return this.#now() - since > lastsMs;
  }
}
