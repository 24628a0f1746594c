import { availableParallelism } from 'node:os';
import type { AgentMessage } from '../protocol/messages.ts';
import { RadiantError } from '../errors.ts';
import { writeStateFile } from '../state-file.ts';
import type { AgentEvents } from './agents.ts';
import { Arbiter } from './arbiter.ts';
import { hurried, unhurried } from './drain-schedule.ts';
import { EventBus } from './event-bus.ts';
import { FleetNews } from './fleet-news.ts';
import { Leadership } from './leadership.ts';
import { Placement } from './placement.ts';
import { plan, type Desired } from './plan.ts';
import { Pool } from './pool.ts';
import { Relay, type Handle } from './relay.ts';
import type { WorkerPlan } from './spawn.ts';
import { fleetState, fleetStatus } from './status.ts';
import type { Fleet, FleetEvent, Status } from './types.ts';
import { Waits } from './waits.ts';
import { Worker, type Hello, type Introduction } from './worker.ts';

/**
 * Level-triggered: commands, signals and events only change what is desired and wake the loop, which compares it
 * with what it sees. Nothing else starts or stops a worker.
 */
export class Supervisor implements Fleet, AgentEvents {
  readonly #workerPlan: WorkerPlan;
  readonly #handles: readonly Handle[];
  readonly #pool: Pool;
  readonly #relay: Relay;
  readonly #placement: Placement;
  readonly #leadership: Leadership;
  readonly #news: FleetNews;
  readonly #arbiter: Arbiter;
  readonly #waits = new Waits();
  readonly #events = new EventBus();
  readonly #startedAt = Date.now();
  #desired: Desired;
  #stopping = false;
  #awake = false;
  readonly #end = Promise.withResolvers<void>();
  #state: Status['state'] = 'starting';

  constructor(workerPlan: WorkerPlan, handles: readonly Handle[]) {
    this.#workerPlan = workerPlan;
    this.#handles = handles;
    this.#desired = { workers: workerPlan.launch.config.workers, phase: 1 };
    this.#pool = new Pool(workerPlan, {
      happened: (event) => this.#events.happened(event),
      wake: () => this.#wake(),
      moved: (from, message, handle) =>
        this.#relay.accept(from, message, handle, this.#pool.workers.get(message.worker)),
      ended: (worker, early) => this.#ended(worker, early),
      notStarted: (slot, reason) => this.#waits.fail(`the new worker of slot ${slot} ${reason}`),
    });
    const workers = (): Iterable<Worker> => this.#pool.workers.values();
    this.#placement = new Placement(workers, (worker) => this.#relay.isSlow(worker));
    this.#relay = new Relay((preferred, except) => this.#placement.leastLoaded(preferred, except));
    this.#leadership = new Leadership(workers);
    this.#news = new FleetNews(workers, workerPlan.run);
    this.#arbiter = new Arbiter(workers);
  }

  /** Resolves when the app was stopped and no worker is left. */
  get stopped(): Promise<void> {
    return this.#end.promise;
  }

  start(): void {
    this.#pool.adoptOrphans();
    this.#wake();
  }

  /** Some worker serves: connections need not wait. */
  get serving(): boolean {
    return [...this.#pool.workers.values()].some(
      (worker) => worker.state === 'ready' || worker.state === 'draining',
    );
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
    this.#news.changed();
    if (this.#stopping) {
      // Also those that were being spawned when the stop came.
      for (const worker of this.#pool.workers.values()) if (!worker.leaving) this.#pool.stop(worker);
    } else {
      const { workers, slots, spawning } = this.#pool;
      const seen = [
        ...workers.values(),
        ...[...spawning].map((slot) => ({ slot, phase: this.#desired.phase, state: 'starting' as const })),
      ];
      // The first worker starts alone: an app's migrations must not run several times at once.
      const desired = this.#pool.everReady ? this.#desired : { ...this.#desired, workers: 1 };
      for (const step of plan(desired, seen, slots, availableParallelism(), Date.now())) {
        if ('start' in step) {
          const leads = this.#leadership.vacant && spawning.size === 0;
          void this.#pool.start(step.start, this.#desired.phase, leads);
        } else if (step.drain instanceof Worker) {
          this.#pool.drain(step.drain, unhurried(step.drain.websockets));
          this.#wake();
        }
      }
      this.#leadership.settle();
    }
    this.#announceState();
    this.#waits.look();
  }

  #ended(worker: Worker, early: boolean): void {
    this.#relay.gone(worker);
    this.#placement.forgetWorker(worker);
    if (!early || worker.phase !== this.#desired.phase) return;
    const reason = this.#pool.slot(worker.slot).lastExit?.reason ?? 'ended';
    this.#waits.fail(`the new worker of slot ${worker.slot} ${reason}`);
  }

  // --- what agents say

  find(first: Introduction): Worker | undefined {
    const worker = this.#pool.workers.get(first.worker);
    if (worker?.record.token !== first.token) return undefined;
    const known = first.type === 'hello' ? worker.inbox : worker.outbox;
    return known === undefined ? worker : undefined;
  }

  hello(worker: Worker, hello: Hello): void {
    worker.introduced = true;
    worker.setWebSockets(hello.websockets);
    for (const session of hello.sessions) this.#placement.remember(session, worker);
    this.#arbiter.heard(worker, hello);
    worker.send({ type: 'welcome' });
    this.#leadership.heard(worker, hello.leader);
    if (worker.state === 'draining') worker.send({ type: 'drain', pace: 0 });
    this.#wake();
  }

  message(worker: Worker, message: Exclude<AgentMessage, Introduction>): void {
    switch (message.type) {
      case 'listening':
        this.#pool.ready(worker, message.port);
        break;
      case 'load':
        worker.load = message;
        break;
      case 'websockets':
        worker.setWebSockets(message.open);
        this.#news.loadChanged();
        break;
      case 'place':
        this.#placement.answer(worker, message);
        break;
      case 'session':
        this.#placement.remember(message.session, worker);
        break;
      case 'forget':
        this.#placement.forget(message.session);
        break;
      case 'taken':
        this.#relay.taken(worker, message.move);
        break;
      case 'refused':
        this.#relay.refused(worker, message.move);
        break;
      case 'drained':
        this.#pool.stop(worker);
        break;
      case 'resigned':
        this.#leadership.resigned(worker);
        this.#wake();
        break;
      case 'reopen':
        this.#pool.reopen(worker, this.#handles);
        break;
    }
  }

  linkChanged(): void {
    this.#wake();
  }

  // --- what the control channel asks

  status(): Status {
    return fleetStatus({
      workerPlan: this.#workerPlan,
      state: this.#state,
      wanted: this.#desired.workers,
      workers: [...this.#pool.workers.values()],
      slots: this.#pool.slots,
      leader: this.#leadership.leader,
      startedAt: this.#startedAt,
    });
  }

  async scale(workers: number): Promise<void> {
    const before = this.#desired.workers;
    await this.#want({ ...this.#desired, workers });
    await this.#waits.until(
      () => this.#settled(),
      (reason) => {
        this.#takeBack({ workers: before });
        return `Scaling from ${before} to ${workers} failed: ${reason}; back to ${before}`;
      },
    );
  }

  async restart(): Promise<void> {
    const before = this.#desired.phase;
    await this.#want({ ...this.#desired, phase: before + 1 });
    await this.#waits.until(
      () => this.#settled(),
      (reason) => {
        this.#takeBack({ phase: before });
        return `The restart was given up: ${reason}; the old workers go on`;
      },
    );
  }

  async #want(desired: Desired): Promise<void> {
    if (this.#stopping) throw new RadiantError('OPERATION_FAILED', 'The app is stopping');
    const { launch, run } = this.#workerPlan;
    if (desired.workers !== this.#desired.workers) {
      const config = { ...launch.config, workers: desired.workers };
      await writeStateFile(run.launch, JSON.stringify({ ...launch, config }));
    }
    this.#desired = desired;
    // What was waiting for its retry gets its chance with the new wish.
    for (const slot of this.#pool.slots.values()) slot.retryAt = 0;
    this.#wake();
  }

  /** What was wanted did not come about. A full disk must not keep the fleet from going back. */
  #takeBack(before: Partial<Desired>): void {
    if (this.#stopping) return;
    const desired = { ...this.#desired, ...before };
    this.#want(desired).catch((error: unknown) => {
      console.error(error);
      this.#desired = desired;
      this.#wake();
    });
  }

  /** Every wanted slot has a worker of this phase, and nobody else is left. */
  #settled(): boolean {
    const workers = [...this.#pool.workers.values()];
    const { workers: wanted, phase } = this.#desired;
    return (
      workers.length === wanted &&
      workers.every((worker) => worker.state === 'ready' && worker.phase >= phase)
    );
  }

  async stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      const { killTimeout } = this.#workerPlan.launch.config;
      this.#waits.fail('the app was stopped');
      for (const worker of this.#pool.workers.values()) {
        if (worker.state === 'ready') this.#pool.drain(worker, hurried(killTimeout));
        else this.#pool.stop(worker);
        setTimeout(() => this.#pool.kill(worker), killTimeout).unref();
      }
      this.#wake();
    }
    await this.#waits.until(
      () => this.#pool.workers.size === 0 && this.#pool.spawning.size === 0,
      (reason) => reason,
    );
    this.#end.resolve();
  }

  /** Ends everything at once. */
  kill(): void {
    for (const worker of this.#pool.workers.values()) this.#pool.kill(worker);
  }

  close(): void {
    this.#relay.close();
    this.#pool.close();
  }

  subscribe(listener: (event: FleetEvent) => void): () => void {
    return this.#events.subscribe(listener);
  }

  #announceState(): void {
    const state = fleetState(this.#stopping, [...this.#pool.workers.values()], this.#pool.slots);
    if (state === this.#state) return;
    this.#state = state;
    this.#events.happened({ type: 'state', state });
  }
}
