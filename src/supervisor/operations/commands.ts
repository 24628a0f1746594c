import type { Config, Scaling } from '../../config/types.ts';
import { RadiantError } from '../../common/errors.ts';
import type { Deploys } from '../rollout/deploys.ts';
import { hurried, type DrainPace } from '../traffic/drain-rate.ts';
import type { DepartureLog } from '../traffic/departures.ts';
import type { Departures } from '../../running/departures.ts';
import type { Pool } from '../pool/pool.ts';
import type { DesiredState } from '../desired/desired-state.ts';
import type { PendingOperations } from './pending-operations.ts';
import type { Worker } from '../workers/worker.ts';

export interface CommandParts {
  pool: Pool;
  desired: DesiredState;
  deploys: Deploys;
  pendingOperations: PendingOperations;
  config: Config;
  departures: DepartureLog;
  drain(worker: Worker, pace: DrainPace): void;
}

/** What an operator asks for: each command changes what is wanted, and waits until the fleet has got there. */
export class Commands {
  readonly #parts: CommandParts;

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  /** By hand. Where the app scales itself it goes on from there, after its cool-down. */
  async scale(workers: number): Promise<Departures> {
    const earlier = this.#parts.departures.total;
    const { deploys, desired, pendingOperations, config } = this.#parts;
    deploys.refuse();
    refuseBeyond(config.scaling, workers);
    const before = desired.desired.workers;
    await desired.scale(workers, 'by hand');
    const { spare } = desired.desired;
    await pendingOperations.until(
      () => this.#settled() || (this.#fails(before + spare) && this.#scaled(before + spare, workers + spare)),
      (reason) => {
        const failed = `Scaling from ${before} to ${workers} failed: ${reason}`;
        // Somebody else may have asked for another number since.
        if (desired.desired.workers !== workers) return failed;
        desired.unscale(before, `back: ${reason}`);
        return `${failed}; back to ${before}`;
      },
      (slot) => slot > before + spare,
    );
    return this.#parts.departures.since(earlier);
  }

  async restart(): Promise<Departures> {
    const earlier = this.#parts.departures.total;
    const { deploys, desired, pendingOperations } = this.#parts;
    deploys.refuse();
    deploys.trust();
    const before = desired.desired.phase;
    desired.generation = deploys.next(desired.generation.release, 'restart');
    const { phase } = desired.generation;
    desired.want({ phase, surge: 1 });
    await pendingOperations.until(
      () => this.#settled(),
      (reason) => {
        if (desired.desired.phase === phase) desired.takeBack({ phase: before });
        return `The restart was given up: ${reason}; the old workers go on`;
      },
    );
    return this.#parts.departures.since(earlier);
  }

  async replace(slot: number): Promise<Departures> {
    const earlier = this.#parts.departures.total;
    const { deploys, pool, desired, pendingOperations } = this.#parts;
    deploys.refuse();
    const old = this.#serving(slot);
    old.outgoing = 'replace';
    desired.want({ surge: 1 });
    await pendingOperations.until(
      () => !pool.workers.has(old.id) && this.#inSlot(slot).some(({ isUp }) => isUp),
      (reason) => {
        old.outgoing = undefined;
        desired.takeBack({});
        return `Worker ${slot} was not replaced: ${reason}; it goes on`;
      },
      (failed) => failed === slot,
    );
    return this.#parts.departures.since(earlier);
  }

  /**
   * The supervisor is about to end, and its workers go on. `forced`: there is no keeper, and another one takes over at
   * once. Errors: OPERATION_FAILED.
   */
  leave(forced: boolean): void {
    const { deploys, desired, pendingOperations: waits } = this.#parts;
    if (!forced) {
      desired.refuseWhenStopping();
      deploys.refuse();
    }
    waits.leave('Another supervisor takes over, and goes on with what was asked for');
  }

  /** Resolves when no worker is left. */
  async stop(): Promise<void> {
    const { pool, desired, deploys, pendingOperations, config, drain } = this.#parts;
    if (!desired.stopping) {
      const { killTimeout } = config;
      desired.stop();
      pendingOperations.fail('the app was stopped');
      deploys.stop();
      for (const worker of pool.workers.values()) {
        if (worker.state === 'ready' || worker.state === 'closed') drain(worker, hurried(killTimeout));
        else pool.stop(worker);
        setTimeout(() => pool.kill(worker), killTimeout).unref();
      }
    }
    await pendingOperations.until(
      () => pool.workers.size === 0 && pool.spawning.size === 0 && pool.leftChildren.none,
      (reason) => reason,
    );
  }

  /** In one of so many slots no worker starts. */
  #fails(slots: number): boolean {
    return [...this.#parts.pool.slots].some(
      ([slot, { lastExit }]) => slot <= slots && lastExit !== undefined,
    );
  }

  /** The slots that have come have their workers, and those that have gone have none; others may have been asked for since. */
  #scaled(before: number, wanted: number): boolean {
    const { workers, spare } = this.#parts.desired.desired;
    const [least, most] = [Math.min(wanted, workers + spare), Math.max(wanted, workers + spare)];
    for (let slot = before + 1; slot <= least; slot += 1)
      if (!this.#inSlot(slot).some(({ isUp }) => isUp)) return false;
    return [...this.#parts.pool.workers.values()].every(
      ({ slot, state }) => slot <= most || state === 'standby',
    );
  }

  #inSlot(slot: number): Worker[] {
    return [...this.#parts.pool.workers.values()].filter((worker) => worker.slot === slot);
  }

  /** Errors: OPERATION_FAILED when nobody serves the slot. */
  #serving(slot: number): Worker {
    const here = this.#inSlot(slot);
    const serving = here.find((worker) => worker.isUp && !worker.outgoing);
    if (serving !== undefined) return serving;
    const { workers, spare } = this.#parts.desired.desired;
    if (here.length === 0) {
      throw new RadiantError(
        'OPERATION_FAILED',
        `There is no worker ${slot}`,
        `Choose one of 1 to ${workers + spare}`,
      );
    }
    const doing = here.some((worker) => worker.isUp && worker.outgoing) ? 'being replaced' : here[0]!.state;
    throw new RadiantError('OPERATION_FAILED', `Worker ${slot} is ${doing}`, 'Wait until it is ready');
  }

  /** Every wanted slot has a worker of this phase, and nobody else is left. */
  #settled(): boolean {
    const { pool, desired } = this.#parts;
    const workers = [...pool.workers.values()].filter(({ state }) => state !== 'standby');
    const { workers: wanted, spare, phase } = desired.desired;
    const ready = workers.filter(({ state }) => state === 'ready').length;
    // What the app has closed itself may stay so: nothing is to be waited for.
    const closed = workers.filter(({ state }) => state === 'closed').length;
    return (
      workers.length === wanted + spare &&
      ready <= wanted &&
      ready + closed >= wanted &&
      workers.every((worker) => worker.isUp && worker.phase >= phase)
    );
  }
}

function refuseBeyond(scaling: Scaling | undefined, workers: number): void {
  if (scaling === undefined || (workers >= scaling.min && workers <= scaling.max)) return;
  const { min, max } = scaling;
  throw new RadiantError(
    'OPERATION_FAILED',
    `there cannot be ${workers} workers: the app scales itself between ${min} and ${max}`,
    'Ask for a number in between, or start the app with other limits',
  );
}
