import type { RunFolder } from '../../disk/run-folder.ts';
import { siblingsSocket } from '../workers/worker-sockets.ts';
import type { Worker } from '../workers/worker.ts';

/** Loads change with every client: agents need them only roughly, for placement asks the supervisor. */
const loadEveryMs = 250;

/** A worker that has nothing left still answers what only its release can. */
const serves = new Set(['ready', 'draining', 'standby']);

/** Tells the agents who else is there. */
export class MembershipBroadcast {
  readonly #workers: () => Iterable<Worker>;
  readonly #run: RunFolder;
  #timer: NodeJS.Timeout | undefined;

  constructor(workers: () => Iterable<Worker>, run: RunFolder) {
    this.#workers = workers;
    this.#run = run;
  }

  loadChanged(): void {
    this.#timer ??= setTimeout(() => this.changed(), loadEveryMs).unref();
  }

  changed(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const workers = [...this.#workers()]
      .filter(
        (worker) =>
          (worker.connected || worker.awaited) &&
          worker.listening &&
          !worker.foreign &&
          serves.has(worker.state),
      )
      .map((worker) => ({
        worker: worker.id,
        slot: worker.slot,
        release: String(worker.release),
        siblings: siblingsSocket(this.#run, worker.id),
        sessions: worker.clients,
        takesSessions: worker.takesSessions,
        open: worker.open || (worker.awaited && worker.living),
      }));
    for (const worker of this.#workers()) worker.send({ type: 'fleet', workers });
  }
}
