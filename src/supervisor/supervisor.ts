import { availableParallelism } from 'node:os';
import { WorkerReports } from '../metrics/worker-reports.ts';
import type { Release } from '../running/release.ts';
import { AgentHandler } from './link/agent-handler.ts';
import { TransferRecovery, ConnectionTransfer } from './traffic/connection-transfer.ts';
import type { Certificates } from './edge/certificates.ts';
import { Commands } from './operations/commands.ts';
import { Deploys } from './rollout/deploys.ts';
import type { EventBus, Happening } from './events/event-bus.ts';
import { MembershipBroadcast } from './link/membership-broadcast.ts';
import { FleetState, fleetStatus } from './operations/status.ts';
import { DepartureLog } from './traffic/departures.ts';
import { DrainRate, unhurried, type DrainPace } from './traffic/drain-rate.ts';
import { watchOver } from './hangs/hangs.ts';
import { LeaderElection } from './link/leader-election.ts';
import { MemoryGuard } from './scaling/memory-guard.ts';
import { Observations } from './rollout/observations.ts';
import { LoadBalancer } from './traffic/load-balancer.ts';
import { needed, plan } from './desired/plan.ts';
import { Pool } from './pool/pool.ts';
import { Rebalance } from './traffic/rebalance.ts';
import type { Handle } from '../running/handle.ts';
import { Scaler } from './scaling/scaler.ts';
import type { WorkerPlan } from './workers/worker-plan.ts';
import { DesiredState } from './desired/desired-state.ts';
import type { DeployReport, DeployRequest, Serving } from '../running/operations.ts';
import type { FleetEvent } from '../running/events.ts';
import type { Status } from '../running/status.ts';
import { PendingOperations } from './operations/pending-operations.ts';
import { Worker } from './workers/worker.ts';

/**
 * Level-triggered: commands, signals and events only change what is desired and wake the loop, which compares it
 * with what it sees. Nothing else starts or stops a worker.
 */
export class Supervisor implements Serving {
  readonly agentHandler: AgentHandler;
  readonly workers = (): Iterable<Worker> => this.#pool.workers.values();
  readonly reports = new WorkerReports(this.workers);
  readonly #workerPlan: WorkerPlan;
  readonly #pool: Pool;
  readonly #transfer: ConnectionTransfer;
  readonly #balancer: LoadBalancer;
  readonly #election: LeaderElection;
  readonly #membershipBroadcast: MembershipBroadcast;
  readonly #drainRate: DrainRate;
  readonly #observations: Observations;
  readonly #deploys: Deploys;
  readonly #desired: DesiredState;
  readonly #commands: Commands;
  readonly #certificates: Certificates;
  readonly #scaler: Scaler;
  readonly #memoryGuard: MemoryGuard;
  readonly #rebalance: Rebalance;
  readonly #pendingOperations = new PendingOperations();
  readonly #events: EventBus;
  readonly #happened = (event: Happening): void => this.#events.happened(event);
  readonly #departures = new DepartureLog(this.#happened);
  readonly #state = new FleetState((state) => this.#happened({ type: 'state', state }));
  readonly #startedAt = performance.now();
  #awake = false;
  readonly #end = Promise.withResolvers<void>();

  constructor(
    workerPlan: WorkerPlan,
    release: Release,
    handles: readonly Handle[],
    events: EventBus,
    certificates: Certificates,
  ) {
    this.#events = events;
    this.#workerPlan = workerPlan;
    this.#certificates = certificates;
    const wake = (): void => this.#wake();
    this.#pool = new Pool(workerPlan, {
      happened: this.#happened,
      wake,
      moved: (from, message, handle) =>
        this.#transfer.accept(from, message, handle, this.#pool.workers.get(message.worker)),
      needed: (worker) => needed(this.#desired.desired, this.#pool.workers.values(), worker),
      ended: (worker, early) => this.#ended(worker, early),
      notStarted: (slot, phase, reason) => this.#notReady(slot, phase, reason),
    });
    this.#desired = new DesiredState(workerPlan, release, this.#pool.slots, {
      wake,
      scaled: (from, to, reason) => {
        this.#rebalance.scaled(from, to);
        this.#happened({ type: 'scaled', from, to, reason });
      },
    });
    this.#balancer = new LoadBalancer(this.workers, (worker) => this.#transfer.isSlow(worker));
    this.#transfer = new ConnectionTransfer((preferred, except) =>
      this.#balancer.leastLoaded(preferred, except),
    );
    this.#election = new LeaderElection(this.workers);
    this.#membershipBroadcast = new MembershipBroadcast(this.workers, workerPlan.run);
    this.#drainRate = new DrainRate(this.workers, (worker) => this.#pool.stop(worker));
    this.#observations = new Observations(this.workers);
    this.#rebalance = new Rebalance(this.workers);
    const seen = { pool: this.#pool, desired: this.#desired, departures: this.#departures };
    this.#deploys = new Deploys({
      ...seen,
      run: workerPlan.run,
      observations: this.#observations,
      drainRate: this.#drainRate,
      tell: () => this.#membershipBroadcast.changed(),
      drain: (worker) => this.#drain(worker, this.#unhurried),
      happened: this.#happened,
    });
    const { config } = workerPlan.launch;
    const parts = { ...seen, deploys: this.#deploys, config, happened: this.#happened };
    this.#commands = new Commands({
      ...parts,
      pendingOperations: this.#pendingOperations,
      drain: (...to) => this.#drain(...to),
    });
    this.#scaler = new Scaler(parts);
    this.#memoryGuard = new MemoryGuard(parts);
    this.agentHandler = this.#openAgentHandler(handles);
  }

  #openAgentHandler(handles: readonly Handle[]): AgentHandler {
    return new AgentHandler(this.#events, {
      pool: this.#pool,
      transfer: this.#transfer,
      balancer: this.#balancer,
      election: this.#election,
      membershipBroadcast: this.#membershipBroadcast,
      transferRecovery: new TransferRecovery(this.workers, () => this.#pool.lostWorkers),
      observations: this.#observations,
      reports: this.reports,
      departures: this.#departures,
      certificates: this.#certificates,
      handles,
      drained: (worker, cut) => this.#drained(worker, cut),
      wake: () => this.#wake(),
    });
  }

  /** Resolves when the app was stopped and no worker is left. */
  get stopped(): Promise<void> {
    return this.#end.promise;
  }

  start(): void {
    this.#pool.adoptOrphans(this.#desired.generation.release.number);
    for (const worker of this.#pool.workers.values())
      if (!worker.admitted) this.#drain(worker, this.#unhurried);
    const releaseOf = ({ phase }: Worker): Release => this.#deploys.generation(phase).release;
    watchOver({ plan: this.#workerPlan, pool: this.#pool, events: this.#events, releaseOf });
    this.#certificates.begin(this.workers, this.#events, () => this.#wake());
    this.#wake();
    // A deploy looks at the clock too.
    setInterval(() => this.#deploys.busyOrWatching && this.#wake(), 500).unref();
  }

  /** Some worker serves: connections need not wait. */
  get serving(): boolean {
    return [...this.workers()].some(({ serves }) => serves);
  }

  get #unhurried(): DrainPace {
    return unhurried(this.#workerPlan.launch.config.drainTimeout);
  }

  #wake(): void {
    if (this.#awake) return;
    this.#awake = true;
    setImmediate(() => {
      this.#awake = false;
      this.#step();
    });
  }

  #step(): void {
    this.#membershipBroadcast.changed();
    if (this.#desired.stopping) {
      // Also those that were being spawned when the stop came.
      for (const worker of this.#pool.workers.values()) if (!worker.leaving) this.#pool.stop(worker);
    } else {
      this.#deploys.look();
      if (!this.#certificates.holdBack) this.#plan();
      this.#election.settle();
      this.#rebalance.look();
    }
    this.#state.look(this.#desired.stopping, this.#pool.workers.values(), this.#pool.slots);
    this.#pendingOperations.look();
  }

  #plan(): void {
    const { workers, slots, spawning } = this.#pool;
    // The first worker starts alone: an app's migrations must not run several times at once.
    const desired = this.#pool.everReady
      ? this.#desired.desired
      : { ...this.#desired.desired, workers: 1, spare: 0 };
    const seen = [...workers.values(), ...spawning];
    for (const step of plan(desired, seen, slots, availableParallelism(), performance.now())) {
      if ('start' in step) {
        const generation = this.#deploys.generation(step.phase);
        const leader = this.#election.vacant && spawning.size === 0;
        void this.#pool.start(step.start, generation, { leader, candidate: step.phase === desired.next });
        continue;
      }
      const worker = 'admit' in step ? step.admit : step.drain;
      if (!(worker instanceof Worker)) continue;
      if ('admit' in step) this.#pool.promote(worker);
      else this.#drain(worker, this.#unhurried);
      this.#wake();
    }
  }

  /** Has a worker finish what it has; the goodbyes say how fast, and until when. */
  #drain(worker: Worker, pace: DrainPace): void {
    this.#pool.withdraw(worker);
    this.#election.settle(); // before it can be empty, and ended
    this.#transfer.retire(worker, () => {
      if (worker.state === 'draining') worker.send({ type: 'drain' });
    });
    this.#drainRate.begin(worker, pace);
  }

  #drained(worker: Worker, cut: number): void {
    if (this.#deploys.drained(worker, cut)) worker.state = 'standby';
    else this.#pool.stop(worker);
    this.#wake();
  }

  #ended(worker: Worker, early: boolean): void {
    this.agentHandler.gone(worker);
    if (!worker.leaving && !worker.candidate) this.#observations.crashed(worker);
    const { reason, output } = worker.ending!;
    if (this.#deploys.ended(worker, reason, output) || !early) return;
    this.#notReady(worker.slot, worker.phase, reason);
  }

  #notReady(slot: number, phase: number, reason: string): void {
    const text = `the new worker of slot ${slot} ${reason}`;
    if (this.#deploys.notStarted(phase, text)) return;
    if (phase === this.#desired.desired.phase) this.#pendingOperations.slotFailed(slot, text);
  }

  // --- what the control channel asks

  status(): Status {
    const { release } = this.#desired.generation;
    return fleetStatus({
      workerPlan: this.#workerPlan,
      state: this.#state.current,
      scaling: this.#scaler.status,
      workers: [...this.#pool.workers.values()],
      slots: this.#pool.slots,
      leader: this.#election.leader,
      startedAt: this.#startedAt,
      release: release.number,
      nodeVersion: release.program.nodeVersion,
      rollout: this.#deploys.status,
      departures: this.#departures.total,
      wentBack: this.#deploys.wentBack,
      certificates: this.#certificates.status,
    });
  }

  readonly scale: Serving['scale'] = (workers) => this.#commands.scale(workers);
  readonly restart: Serving['restart'] = () => this.#commands.restart();
  readonly replace: Serving['replace'] = (slot) => this.#commands.replace(slot);

  deploy(request: DeployRequest, signal: AbortSignal): Promise<DeployReport> {
    this.#desired.refuseWhenStopping();
    return this.#deploys.begin(request, signal);
  }

  async stop(): Promise<void> {
    await this.#commands.stop();
    this.#end.resolve();
  }

  leave(forced: boolean): void {
    this.#commands.leave(forced);
  }

  /** Ends everything at once. */
  kill(): void {
    for (const worker of this.#pool.workers.values()) this.#pool.kill(worker);
    this.#pool.leftChildren.kill();
  }

  close(): void {
    this.#transfer.close();
    this.#observations.close();
    this.#certificates.close();
    this.#scaler.close();
    this.#memoryGuard.close();
    this.#rebalance.close();
    this.#pool.close();
  }

  subscribe(listener: (event: FleetEvent) => void): () => void {
    return this.#events.subscribe(listener);
  }
}
