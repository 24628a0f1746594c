import type { Deploys } from './deploys.ts';
import type { Pool } from './pool.ts';
import type { Target } from './target.ts';
import type { Waits } from './waits.ts';

export interface CommandParts {
  pool: Pool;
  target: Target;
  deploys: Deploys;
  waits: Waits;
}

/** What an operator asks for: each command changes what is wanted, and waits until the fleet has got there. */
export class Commands {
  readonly #parts: CommandParts;

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  async scale(workers: number): Promise<void> {
    const { deploys, target, waits } = this.#parts;
    deploys.refuse();
    const before = target.desired.workers;
    await target.want({ ...target.desired, workers });
    await waits.until(
      () => this.#settled(),
      (reason) => {
        target.takeBack({ workers: before });
        return `Scaling from ${before} to ${workers} failed: ${reason}; back to ${before}`;
      },
    );
  }

  async restart(): Promise<void> {
    const { deploys, target, waits } = this.#parts;
    deploys.refuse();
    deploys.trust();
    const before = target.desired.phase;
    target.generation = deploys.next(target.generation.release);
    await target.want({ ...target.desired, phase: target.generation.phase, surge: 1 });
    await waits.until(
      () => this.#settled(),
      (reason) => {
        target.takeBack({ phase: before });
        return `The restart was given up: ${reason}; the old workers go on`;
      },
    );
  }

  /** Every wanted slot has a worker of this phase, and nobody else is left. */
  #settled(): boolean {
    const { pool, target } = this.#parts;
    const workers = [...pool.workers.values()].filter(({ state }) => state !== 'standby');
    const { workers: wanted, phase } = target.desired;
    return (
      workers.length === wanted &&
      workers.every((worker) => worker.state === 'ready' && worker.phase >= phase)
    );
  }
}
