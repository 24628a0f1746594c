import type { Worker } from './worker.ts';

/** One worker is the leader, so that an app's cron jobs run once; never two at a time. */
export class Leadership {
  readonly #workers: () => Iterable<Worker>;
  leader: Worker | undefined;

  constructor(workers: () => Iterable<Worker>) {
    this.#workers = workers;
  }

  /** Nobody leads: a worker that starts now may be born as the leader. */
  get vacant(): boolean {
    return [...this.#workers()].length === 0;
  }

  /** A leader that leaves gives it up first; a ready worker takes it when the old one has ended or said it gave up. */
  settle(): void {
    const workers = [...this.#workers()];
    if (this.leader !== undefined && !workers.includes(this.leader)) this.leader = undefined;
    if (this.leader?.leaving) {
      this.leader.send({ type: 'leader', leader: false });
      this.leader = undefined;
    }
    if (this.leader !== undefined) return;
    const next = workers.find((worker) => worker.open) ?? workers.find((worker) => !worker.leaving);
    if (next === undefined) return;
    this.leader = next;
    next.send({ type: 'leader', leader: true });
  }
}
