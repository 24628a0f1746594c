import { RadiantError } from '../errors.ts';
import type { Release } from '../releases/types.ts';
import { writeStateFile } from '../state-file.ts';
import type { Desired } from './plan.ts';
import type { Slot } from './slots.ts';
import type { Generation, WorkerPlan } from './spawn.ts';

/** Where the fleet shall get to. Everything that changes it wakes the loop. */
export class Target {
  desired: Desired;
  /** The release that serves, with the phase of its workers. */
  generation: Generation;
  /** The app is to end: nothing else can be wanted any more. */
  stopping = false;
  readonly #plan: WorkerPlan;
  readonly #slots: ReadonlyMap<number, Slot>;
  readonly #wake: () => void;

  constructor(plan: WorkerPlan, release: Release, slots: ReadonlyMap<number, Slot>, wake: () => void) {
    this.generation = { phase: 1, release, cause: 'start' };
    this.desired = { workers: plan.launch.config.workers, phase: 1, surge: 1 };
    this.#plan = plan;
    this.#slots = slots;
    this.#wake = wake;
  }

  /** Errors: OPERATION_FAILED while the app stops; those of the disk. */
  async want(desired: Desired): Promise<void> {
    this.refuseWhenStopping();
    const { launch, run } = this.#plan;
    if (desired.workers !== this.desired.workers) {
      const config = { ...launch.config, workers: desired.workers };
      await writeStateFile(run.launch, JSON.stringify({ ...launch, config }));
    }
    this.#set(desired);
  }

  /** What was wanted did not come about. A full disk must not keep the fleet from going back. */
  takeBack(before: Partial<Desired>): void {
    if (this.stopping) return;
    const desired = { ...this.desired, ...before };
    this.want(desired).catch((error: unknown) => {
      console.error(error);
      this.#set(desired);
    });
  }

  /** A release takes over: its workers are the ones that are wanted from now on. */
  serve(generation: Generation, surge: number): void {
    this.generation = generation;
    this.#set({ workers: this.desired.workers, phase: generation.phase, surge });
  }

  /** A release that was on its way is not wanted any more. */
  forgetNext(): void {
    const { next: _next, ...desired } = this.desired;
    this.#set({ ...desired, surge: 1 });
  }

  refuseWhenStopping(): void {
    if (this.stopping) throw new RadiantError('OPERATION_FAILED', 'The app is stopping');
  }

  #set(desired: Desired): void {
    this.desired = desired;
    // What was waiting for its retry gets its chance with the new wish.
    for (const slot of this.#slots.values()) slot.retryAt = 0;
    this.#wake();
  }
}
