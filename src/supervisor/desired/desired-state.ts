import { isoDate } from '../../common/dates.ts';
import { RadiantError } from '../../common/errors.ts';
import { writeLaunch } from '../../disk/launch-file.ts';
import type { Release } from '../../running/release.ts';
import type { Desired } from './plan.ts';
import type { Slot } from '../pool/slots.ts';
import type { Generation, WorkerPlan } from '../workers/worker-plan.ts';
import type { Scaled } from '../../running/status.ts';

export interface DesiredStateEvents {
  wake(): void;
  /** The wanted number of workers has changed. */
  scaled(from: number, to: number, reason: string): void;
}

/** Where the fleet shall get to. Everything that changes it wakes the loop. */
export class DesiredState {
  desired: Desired;
  /** The release that serves, with the phase of its workers. */
  generation: Generation;
  /** The app is to end: nothing else can be wanted any more. */
  stopping = false;
  /** When and why the wanted number of workers was changed last. */
  lastScaling: Scaled | undefined;
  /** How often the number of workers was asked for. */
  #asked = 0;
  readonly #plan: WorkerPlan;
  readonly #slots: ReadonlyMap<number, Slot>;
  readonly #events: DesiredStateEvents;

  constructor(
    plan: WorkerPlan,
    release: Release,
    slots: ReadonlyMap<number, Slot>,
    events: DesiredStateEvents,
  ) {
    this.generation = { phase: 1, release, cause: 'start' };
    const { workers, spare } = plan.launch.config;
    this.desired = { workers, spare, phase: 1, surge: 1 };
    this.#plan = plan;
    this.#slots = slots;
    this.#events = events;
  }

  /** Errors: OPERATION_FAILED while the app stops. */
  want(desired: Partial<Omit<Desired, 'workers' | 'spare'>>): void {
    this.refuseWhenStopping();
    this.#set({ ...this.desired, ...desired });
  }

  /**
   * Wants so many workers, and remembers that for the supervisor that follows. `reason`: what made it so. Errors:
   * OPERATION_FAILED while the app stops; those of the disk.
   */
  async scale(workers: number, reason: string): Promise<void> {
    this.refuseWhenStopping();
    this.#asked += 1;
    const asked = this.#asked;
    await this.#remember(workers);
    // Of several at once the last one counts, as on the disk.
    if (asked === this.#asked && workers !== this.desired.workers) this.#setWorkers(workers, reason);
  }

  /** So many workers did not come about. A full disk must not keep the fleet from going back. */
  unscale(workers: number, reason: string): void {
    if (this.stopping) return;
    this.#asked += 1;
    this.#setWorkers(workers, reason);
    this.#remember(workers).catch((error: unknown) => console.error(error));
  }

  #remember(workers: number): Promise<void> {
    const { launch, run } = this.#plan;
    return writeLaunch(run, { ...launch, config: { ...launch.config, workers } });
  }

  /** What was wanted did not come about. */
  takeBack(before: Partial<Omit<Desired, 'workers' | 'spare'>>): void {
    if (!this.stopping) this.#set({ ...this.desired, ...before });
  }

  #setWorkers(to: number, reason: string): void {
    const from = this.desired.workers;
    this.lastScaling = { from, to, reason, at: isoDate() };
    this.#set({ ...this.desired, workers: to });
    this.#events.scaled(from, to, reason);
  }

  /** A release takes over: its workers are the ones that are wanted from now on. */
  serve(generation: Generation, surge: number): void {
    this.generation = generation;
    const { workers, spare } = this.desired;
    this.#set({ workers, spare, phase: generation.phase, surge });
  }

  /** A release that was on its way is not wanted any more. */
  forgetNext(): void {
    const { next: _next, ...desired } = this.desired;
    this.#set({ ...desired, surge: 1 });
  }

  stop(): void {
    this.stopping = true;
    this.#events.wake();
  }

  refuseWhenStopping(): void {
    if (this.stopping) throw new RadiantError('OPERATION_FAILED', 'The app is stopping');
  }

  #set(desired: Desired): void {
    this.desired = desired;
    // What was waiting for its retry gets its chance with the new wish.
    for (const slot of this.#slots.values()) slot.retryAt = 0;
    this.#events.wake();
  }
}
