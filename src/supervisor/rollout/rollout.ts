import { totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import { RadiantError } from '../../common/errors.ts';
import type { Generation } from '../workers/worker-plan.ts';
import type { DeployReport, DeployRequest } from '../../running/operations.ts';
import type { RolloutStep } from '../../running/status.ts';
import { type ReleaseStats, whyWorse } from './release-stats.ts';
import type { Departures } from '../../running/departures.ts';
import type { DepartureLog } from '../traffic/departures.ts';
import type { Worker } from '../workers/worker.ts';

/** What a rollout needs of the fleet. */
export interface RolloutPhase {
  workers(): Iterable<Worker>;
  /** How many workers there should be. */
  readonly wanted: number;
  /** Lets `to` in and closes `from`, in one step. Throws when that cannot be remembered. */
  switchTo(to: Generation, surge: number): void;
  /** Nothing of `to` is wanted any more; its workers are stopped. */
  giveUp(to: Generation): void;
  /** Lets `from` in again. */
  goBack(rollout: Rollout, reason: string): void;
  /** Ends a worker that is not needed any more. */
  retire(worker: Worker): void;
  /** What a release did in its last minute of service, and the workers of a phase. */
  lately(release: number): ReleaseStats;
  conductOf(phase: number): ReleaseStats;
  readonly departures: Pick<DepartureLog, 'since' | 'total'>;
  busiestSecond(): DeployReport['busiestSecond'];
  happened(rollout: Rollout, reason?: string): void;
}

/** With less memory free than this share, old workers are not kept warm. */
const freeShareForStandby = 0.1;

/**
 * The way of one release from its first worker until it is trusted. It decides nothing by events: `look` compares
 * what it sees with the step that it is at.
 */
export class Rollout {
  readonly from: Generation;
  readonly to: Generation;
  readonly request: DeployRequest;
  step: RolloutStep = 'first';
  /** Requests that were cut off in old workers. */
  cut = 0;
  readonly #stage: RolloutPhase;
  readonly #report = Promise.withResolvers<DeployReport>();
  readonly #startedAt = performance.now();
  #switchedAt = 0;
  #sessions = 0;
  #departed: Departures | undefined;
  #before: ReleaseStats | undefined;
  #failure: RadiantError | undefined;

  constructor(from: Generation, to: Generation, request: DeployRequest, stage: RolloutPhase) {
    this.from = from;
    this.to = to;
    this.request = request;
    this.#stage = stage;
    this.#report.promise.catch(() => {});
  }

  /** Resolves when all sessions have moved. Errors: DEPLOY_FAILED. */
  get report(): Promise<DeployReport> {
    return this.#report.promise;
  }

  /** Visitors get the old release still. */
  get pending(): boolean {
    return this.step === 'first' || this.step === 'others';
  }

  /** It needs the workers as they are: nothing else may replace them. */
  get busy(): boolean {
    return this.pending || this.step === 'draining';
  }

  get over(): boolean {
    return this.step === 'done' || this.step === 'failed' || this.step === 'back';
  }

  #enter(step: RolloutStep, reason?: string): void {
    this.step = step;
    this.#stage.happened(this, reason);
  }

  begin(): void {
    this.#stage.happened(this);
  }

  look(): void {
    if (this.#failure !== undefined) this.#settleFailure();
    else if (this.pending) this.#lookAtNewWorkers();
    else if (this.step === 'draining') this.#lookAtOld();
    if (this.step === 'draining' || this.step === 'watching') this.#judge();
  }

  #newWorkers(): Worker[] {
    return [...this.#stage.workers()].filter((worker) => worker.phase === this.to.phase);
  }

  #old(): Worker[] {
    return [...this.#stage.workers()].filter((worker) => worker.phase < this.to.phase);
  }

  #lookAtNewWorkers(): void {
    const ready = this.#newWorkers().filter((worker) => worker.state === 'ready').length;
    const enough = Math.min(this.request.surge, this.#stage.wanted);
    if (ready >= enough) this.#switch();
    else if (ready > 0 && this.step === 'first') this.#enter('others');
  }

  #switch(): void {
    const before = this.#stage.lately(this.from.release.number);
    this.#departed = this.#stage.departures.total;
    this.#sessions = this.#old().reduce((sum, worker) => sum + worker.present, 0);
    try {
      this.#stage.switchTo(this.to, this.request.surge);
    } catch (error) {
      this.fail(`the switch could not be remembered: ${String(error)}`, []);
      return;
    }
    this.#before = before;
    this.#switchedAt = performance.now();
    this.#enter('switched');
    this.#enter('draining');
  }

  #lookAtOld(): void {
    if (this.#old().some((worker) => worker.state !== 'standby')) return;
    const come = this.#newWorkers().filter(({ state }) => state === 'ready' || state === 'closed');
    if (come.length < this.#stage.wanted) return;
    this.#report.resolve({
      from: this.from.release.number,
      to: this.to.release.number,
      switchedInMs: Math.round(this.#switchedAt - this.#startedAt),
      ms: Math.round(performance.now() - this.#startedAt),
      sessionsMoved: this.#sessions,
      departures: this.#stage.departures.since(this.#departed!),
      requestsFailed: this.cut,
      busiestSecond: this.#stage.busiestSecond(),
    });
    this.#enter('watching');
  }

  #judge(): void {
    const why = whyWorse(this.#before!, this.#stage.conductOf(this.to.phase));
    if (why !== undefined && this.request.watch > 0) this.back(why);
    else if (this.step === 'watching' && performance.now() - this.#switchedAt >= this.request.watch)
      this.end();
    else if (!enoughMemory())
      for (const worker of this.#old()) if (worker.state === 'standby') this.#stage.retire(worker);
  }

  /** The release stays: nothing is kept warm any more. */
  end(): void {
    for (const worker of this.#old()) this.#stage.retire(worker);
    this.#enter('done');
  }

  back(reason: string): void {
    try {
      this.#stage.goBack(this, reason);
    } catch (error) {
      // A full disk: the next look tries again.
      console.error(`release ${this.from.release.number} cannot take over again yet: ${String(error)}`);
      return;
    }
    this.#report.reject(
      new RadiantError('DEPLOY_FAILED', `Release ${this.to.release.number} was left: ${reason}`),
    );
    this.#enter('back', reason);
  }

  /** Before the switch: nothing has changed. The report rejects when the last new worker has gone. */
  fail(reason: string, output: readonly string[]): void {
    if (!this.pending || this.#failure !== undefined) return;
    const lines = output.map((line) => `\n  ${line}`).join('');
    const text = `${reason}${lines === '' ? '' : `; its last lines:${lines}`}`;
    const { from, to } = this;
    const message = `Release ${to.release.number} did not take over: ${text}`;
    const remedy = `Release ${from.release.number} serves as before; the log of ${to.release.number} is kept.`;
    this.#failure = new RadiantError('DEPLOY_FAILED', message, remedy);
    this.#stage.giveUp(to);
    this.#settleFailure();
  }

  #settleFailure(): void {
    if (this.over || this.#newWorkers().length > 0) return;
    this.#report.reject(this.#failure!);
    this.#enter('failed', this.#failure!.message);
  }

  /** Whether a worker that has nothing left shall be kept for going back. */
  keeps(worker: Worker): boolean {
    const wanted = this.step === 'draining' || this.step === 'watching';
    const { strategy, watch } = this.request;
    return (
      wanted && watch > 0 && strategy === 'blue-green' && worker.phase === this.from.phase && enoughMemory()
    );
  }
}

const enoughMemory = (): boolean => process.availableMemory() > totalmem() * freeShareForStandby;
