import type { Worker } from '../workers/worker.ts';

/**
 * One worker is the leader, so that an app's cron jobs run once; never two at a time. So a new one is chosen only
 * when the old one has ended or has said that it leads no more.
 */
export class LeaderElection {
  readonly #workers: () => Iterable<Worker>;
  #leader: Worker | undefined;
  #resigning = false;

  constructor(workers: () => Iterable<Worker>) {
    this.#workers = workers;
  }

  get leader(): Worker | undefined {
    return this.#resigning ? undefined : this.#leader;
  }

  /** Nobody leads: a worker that starts now may be born as the leader. */
  get vacant(): boolean {
    return [...this.#workers()].length === 0;
  }

  /** A worker that introduces itself says whether it leads: an orphan does if an earlier supervisor chose it. */
  heard(worker: Worker, leads: boolean): void {
    if (leads) this.#leader ??= worker;
    const chosen = worker === this.leader;
    if (chosen !== leads) worker.send({ type: 'leader', leader: chosen });
  }

  resigned(worker: Worker): void {
    if (worker === this.#leader) this.#leader = undefined;
  }

  settle(): void {
    const workers = [...this.#workers()];
    if (this.#leader !== undefined && !workers.includes(this.#leader)) this.#leader = undefined;
    if (this.#leader?.leaving && !this.#resigning) {
      this.#resigning = true;
      this.#leader.send({ type: 'leader', leader: false });
    }
    if (this.#leader !== undefined) return;
    this.#resigning = false;
    if (workers.some(mayLead)) return;
    const next = workers.find((worker) => worker.open);
    if (next === undefined) return;
    this.#leader = next;
    next.send({ type: 'leader', leader: true });
  }
}

/** Who has not introduced itself yet may lead already: an orphan, or one that was born as the leader. */
const mayLead = ({ introduced, child, bornLeader }: Worker): boolean =>
  !introduced && (child === undefined || bornLeader);
