import { isoDate } from '../../common/dates.ts';
import { RadiantError, reasonOf } from '../../common/errors.ts';
import { pointCurrent, readRelease, writeOutcome } from '../../releases/store.ts';
import type { Outcome, Release } from '../../running/release.ts';
import type { RunFolder } from '../../disk/run-folder.ts';
import type { Happening } from '../events/event-bus.ts';
import type { DepartureLog } from '../traffic/departures.ts';
import type { DrainRate } from '../traffic/drain-rate.ts';
import type { Observations } from './observations.ts';
import type { Pool } from '../pool/pool.ts';
import { Rollout, type RolloutPhase } from './rollout.ts';
import type { Generation } from '../workers/worker-plan.ts';
import type { DesiredState } from '../desired/desired-state.ts';
import type { DeployReport, DeployRequest } from '../../running/operations.ts';
import type { Status } from '../../running/status.ts';
import type { ReleaseStats } from './release-stats.ts';
import type { Worker } from '../workers/worker.ts';

/** What deploys need of the supervisor. */
export interface DeployParts {
  run: RunFolder;
  pool: Pool;
  observations: Observations;
  desired: DesiredState;
  /** Tells the agents who is open now. */
  tell(): void;
  drain(worker: Worker): void;
  drainRate: DrainRate;
  departures: DepartureLog;
  happened(event: Happening): void;
}

/** Brings releases in, one at a time, and knows which release a phase's workers run. */
export class Deploys implements RolloutPhase {
  wentBack: Status['wentBack'];
  readonly #parts: DeployParts;
  readonly #generations = new Map<number, Generation>();
  #lastPhase = 1;
  #rollout: Rollout | undefined;
  /** The release that the app was started with serves. */
  #started = false;

  constructor(parts: DeployParts) {
    this.#parts = parts;
  }

  generation(phase: number): Generation {
    return this.#generations.get(phase) ?? { ...this.#parts.desired.generation, phase };
  }

  /** A new phase, for workers of `release`. `cause`: what brings it about. */
  next(release: Release, cause: string): Generation {
    this.#lastPhase += 1;
    const generation = { phase: this.#lastPhase, release, cause };
    this.#generations.set(this.#lastPhase, generation);
    return generation;
  }

  get status(): Status['rollout'] {
    if (this.#rollout === undefined || this.#rollout.over) return undefined;
    return { to: this.#rollout.to.release.number, step: this.#rollout.step };
  }

  get busyOrWatching(): boolean {
    return this.#rollout !== undefined && !this.#rollout.over;
  }

  /** A deploy needs the workers as they are. */
  get busy(): boolean {
    return this.#rollout?.busy === true;
  }

  /** Errors: OPERATION_FAILED while a deploy needs the workers as they are. */
  refuse(): void {
    if (!this.#rollout?.busy) return;
    const message = `Release ${this.#rollout.to.release.number} is being deployed`;
    throw new RadiantError('OPERATION_FAILED', message, 'Wait until that is done.');
  }

  /** The release that is still watched stays. */
  trust(): void {
    if (this.#rollout?.step === 'watching') this.#rollout.end();
  }

  async begin(request: DeployRequest, signal: AbortSignal): Promise<DeployReport> {
    const busy = this.#rollout?.busy ? this.#rollout.to.release.number : undefined;
    if (busy !== undefined) throw new RadiantError('DEPLOY_LOCKED', `Release ${busy} is being deployed`);
    this.trust();
    const { run, desired } = this.#parts;
    const release = await readRelease(run.releases, request.release);
    this.refuse();
    const to = this.next(release, `deploy ${request.release}`);
    const surge = request.strategy === 'blue-green' ? this.wanted : request.surge;
    const rollout = new Rollout(desired.generation, to, { ...request, surge }, this);
    this.#rollout = rollout;
    rollout.begin();
    const { notice } = release;
    if (notice !== undefined)
      this.#parts.happened({ type: 'notice', slot: 0, text: `release ${release.number}: ${notice}` });
    signal.addEventListener('abort', () => rollout.fail('it was aborted', []));
    if (signal.aborted) rollout.fail('it was aborted', []);
    else desired.want({ surge, next: to.phase });
    return rollout.report;
  }

  look(): void {
    if (!this.#started && this.#parts.pool.everReady) {
      this.#started = true;
      this.#remember(this.#parts.desired.generation.release.number, { state: 'live' });
    }
    this.#rollout?.look();
  }

  /** The app stops. */
  stop(): void {
    this.#rollout?.fail('the app was stopped', []);
  }

  /** True when a worker that has nothing left is to be kept. */
  drained(worker: Worker, cut: number): boolean {
    if (this.#rollout === undefined) return false;
    this.#rollout.cut += cut;
    return this.#rollout.keeps(worker);
  }

  /** True when the end of this worker concerns nobody but the deploy. */
  ended(worker: Worker, reason: string, output: readonly string[]): boolean {
    const rollout = this.#rollout;
    if (worker.state === 'draining' && rollout !== undefined) rollout.cut += worker.load.active;
    if (!worker.candidate) return false;
    if (!worker.leaving) rollout?.fail(`its worker ${worker.slot} ${reason}`, output);
    return true;
  }

  notStarted(phase: number, reason: string): boolean {
    const rollout = this.#rollout;
    if (rollout === undefined || !rollout.pending || phase !== rollout.to.phase) return false;
    rollout.fail(reason, []);
    return true;
  }

  // --- what a rollout asks of the fleet

  workers(): Iterable<Worker> {
    return this.#parts.pool.workers.values();
  }

  get wanted(): number {
    return this.#parts.desired.desired.workers;
  }

  lately(release: number): ReleaseStats {
    return this.#parts.observations.lately(release);
  }

  conductOf(phase: number): ReleaseStats {
    return this.#parts.observations.of(phase);
  }

  switchTo(to: Generation, surge: number): void {
    const { run, pool, desired } = this.#parts;
    pointCurrent(run, to.release.number);
    desired.serve(to, surge);
    const workers = [...pool.workers.values()];
    for (const worker of workers)
      if (worker.phase === to.phase && worker.state === 'ready') pool.admit(worker);
    this.#replace(workers.filter((worker) => worker.phase < to.phase));
    this.#remember(to.release.number, { state: 'live' });
  }

  /** The agents hear who takes new clients before the old workers hear that they do not any more. */
  #replace(old: readonly Worker[]): void {
    this.#parts.tell();
    for (const worker of old) {
      if (worker.isUp) this.#parts.drain(worker);
      else if (worker.state === 'starting') this.#parts.pool.stop(worker);
    }
  }

  giveUp(to: Generation): void {
    const { pool, desired } = this.#parts;
    desired.forgetNext();
    for (const worker of pool.workers.values()) if (worker.phase === to.phase) pool.stop(worker);
  }

  /** Old workers that are still there take over at once; the missing ones are started. */
  goBack({ from, to }: Rollout, reason: string): void {
    const { run, pool, desired: target } = this.#parts;
    const again = this.next(from.release, `back to ${from.release.number}`);
    pointCurrent(run, from.release.number);
    target.serve(again, this.wanted);
    for (const worker of pool.workers.values()) {
      // An orphan cannot be given the listening sockets again.
      if (worker.phase !== from.phase || worker.state === 'stopping' || worker.child === undefined) continue;
      worker.phase = again.phase;
      pool.admit(worker);
    }
    const bad = [...pool.workers.values()].filter((worker) => worker.phase === to.phase);
    // With nobody to take over they go on until the first worker of the old release is ready.
    if ([...pool.workers.values()].some((worker) => worker.phase === again.phase)) this.#replace(bad);
    const numbers = { from: to.release.number, to: from.release.number };
    this.wentBack = { ...numbers, reason, at: isoDate() };
    this.#remember(numbers.from, { state: 'left', reason });
  }

  get departures(): DepartureLog {
    return this.#parts.departures;
  }

  busiestSecond(): DeployReport['busiestSecond'] {
    const { given, limit } = this.#parts.drainRate.busiest;
    return { goodbyes: given, limit: Math.round(limit) };
  }

  retire(worker: Worker): void {
    this.#parts.pool.stop(worker);
  }

  #remember(release: number, outcome: Omit<Outcome, 'at'>): void {
    const { run } = this.#parts;
    writeOutcome(run.releases, release, { ...outcome, at: isoDate() }).catch((error: unknown) => {
      console.error(`what became of release ${release} could not be noted: ${reasonOf(error)}`);
    });
  }

  happened(rollout: Rollout, reason?: string): void {
    const { number } = rollout.to.release;
    const { step } = rollout;
    if (step === 'failed') this.#remember(number, { state: 'failed', reason: reason ?? '' });
    this.#parts.happened({ type: 'rollout', release: number, step, ...(reason !== undefined && { reason }) });
  }
}
