import { performance } from 'node:perf_hooks';
import { startTimeOf } from '../../machine/process-start.ts';
import { reasonOf } from '../../common/errors.ts';
import type { MoveMessage, SessionMessage } from '../../protocol/messages.ts';
import type { Happening } from '../events/event-bus.ts';
import { runAt } from './alarm.ts';
import { StartReasons } from './start-reasons.ts';
import { LeftChildren } from '../remains/left-children.ts';
import { shutOrphans } from '../workers/orphans.ts';
import { findLeftWorkers } from '../remains/left-workers.ts';
import { OomKills } from '../remains/oom-kills.ts';
import { logLimits, Outputs } from '../output/outputs.ts';
import type { Handle } from '../../running/handle.ts';
import { Readiness } from './readiness.ts';
import { afterDeath, Slots, type Slot } from './slots.ts';
import { SocketNames } from '../workers/socket-names.ts';
import { spawnWorker } from '../workers/spawn.ts';
import type { Generation, WorkerPlan } from '../workers/worker-plan.ts';
import { siblingsSocket, unusedId, workerSocket } from '../workers/worker-sockets.ts';
import { Worker } from '../workers/worker.ts';
import { readChannel } from '../workers/worker-channel.ts';
import { removeEntry } from '../../disk/foreign-folder.ts';
import { dropRecord, sameProcess, saveRecord } from '../../machine/worker-record.ts';

export interface PoolEvents {
  happened(event: Happening): void;
  /** Something changed that the loop should look at. */
  wake(): void;
  /** Whether a worker that is ready takes clients; else it is a spare. */
  needed(worker: Worker): boolean;
  /** A worker sends a socket to another. */
  moved(from: Worker, message: MoveMessage | SessionMessage, handle: Handle | undefined): void;
  /** A worker has ended, and all that it said was read. `early`: it had never been ready. */
  ended(worker: Worker, early: boolean): void;
  notStarted(slot: number, phase: number, reason: string): void;
}

const orphanPollMs = 200;
/** How long a worker of an earlier supervisor may take to find this one. */
const introductionMs = 5_000;
/** Who kills a worker that has listened for so long says nothing against the app. */
const innocentMs = 1_000;

/** The worker processes: starts them, ends them, and knows what became of them. */
export class Pool {
  readonly workers = new Map<number, Worker>();
  readonly slots = new Slots();
  readonly readiness: Readiness;
  /** Workers that are about to be spawned. */
  readonly spawning = new Set<{ slot: number; phase: number; state: 'starting' }>();
  everReady = false;
  /** Workers have died together with an earlier supervisor. */
  lostWorkers = false;
  readonly #plan: WorkerPlan;
  readonly #events: PoolEvents;
  readonly #outputs: Outputs;
  readonly #names: SocketNames;
  readonly #startReasons: StartReasons;
  readonly leftChildren: LeftChildren;
  readonly #oomKills = new OomKills();

  constructor(plan: WorkerPlan, events: PoolEvents) {
    this.#plan = plan;
    this.#events = events;
    this.readiness = new Readiness(plan, {
      happened: (event) => events.happened(event),
      ready: (worker) => this.#ready(worker),
      reopened: (worker) => this.#seat(worker),
      closed: () => {
        this.#spreadNames();
        events.wake();
      },
    });
    this.leftChildren = new LeftChildren(plan.launch.config, events);
    this.#startReasons = new StartReasons(plan.launch.config.workers + plan.launch.config.spare);
    this.#outputs = new Outputs(plan.run.releases, logLimits(plan.launch.config), (slot, line) =>
      events.happened({ type: 'output', slot, line }),
    );
    this.#names = new SocketNames(plan.launch.config, plan.run, (slot, error) =>
      events.happened({ type: 'notice', slot, text: `its socket name cannot be set: ${reasonOf(error)}` }),
    );
  }

  /**
   * Finds the workers that an earlier supervisor left; they go on until new ones have taken over. Those of another
   * release than the `current` one are not let in: a deploy was under way.
   */
  adoptOrphans(current: number): void {
    const { living, dead } = findLeftWorkers(this.#plan);
    this.lostWorkers = dead.length > 0;
    for (const { pid } of dead) this.leftChildren.endLater(pid);
    for (const record of living) {
      const worker = new Worker(record, 0, undefined);
      worker.state = 'ready';
      worker.admitted = record.release === current;
      if (worker.admitted) this.#names.point(worker.slot, workerSocket(this.#plan, record));
      this.workers.set(worker.id, worker);
      this.#startReasons.adopted(worker.slot);
      this.#outputs.of(worker);
      this.everReady = true;
      const poll = setInterval(() => {
        if (sameProcess(record)) return;
        clearInterval(poll);
        this.#ended(worker, worker.endReason ?? 'ended while no supervisor watched it');
      }, orphanPollMs);
    }
  }

  /** Starts a worker. What prevents that (a full disk, no descriptors) counts as its death; it is tried again. */
  async start(
    slot: number,
    generation: Generation,
    role: { leader: boolean; candidate: boolean },
  ): Promise<void> {
    const spawning = { slot, phase: generation.phase, state: 'starting' as const };
    this.spawning.add(spawning);
    const old = [...this.workers.values()].find((worker) => worker.slot === slot && worker.outgoing);
    const died = this.slots.get(slot)?.lastExit !== undefined;
    const cause = this.#startReasons.of(slot, generation, died, old?.outgoing);
    try {
      const worker = await this.#spawn(slot, generation, role.leader);
      worker.candidate = role.candidate;
      this.#watch(worker, cause);
    } catch (error) {
      const reason = `could not be started: ${reasonOf(error)}`;
      if (!role.candidate) this.#countDeath(slot, 0, { reason, output: [] });
      this.#events.happened({ type: 'notice', slot, text: reason });
      this.#events.notStarted(slot, generation.phase, reason);
    } finally {
      this.spawning.delete(spawning);
      this.#events.wake();
    }
  }

  async #spawn(slot: number, { phase, release }: Generation, leader: boolean): Promise<Worker> {
    const worker = unusedId(this.#plan, slot, (id) => this.workers.has(id));
    const output = this.#outputs.of({ slot, release: release.number });
    output.forget();
    const seat = { slot, worker, leader, learnedPort: this.readiness.portOf(release.number) };
    const { child, token, begin } = await spawnWorker(this.#plan, release, seat, output.path);
    const { nodeVersion } = release.program;
    const pid = child.pid!;
    const startTime = startTimeOf(pid);
    const record = { slot, release: release.number, worker, pid, startTime, token, nodeVersion };
    try {
      saveRecord(this.#plan.run.workers, record);
    } catch (error) {
      child.kill('SIGKILL'); // the next supervisor would not find it
      throw error;
    }
    begin();
    const started = new Worker(record, phase, child);
    started.bornLeader = leader;
    return started;
  }

  #watch(worker: Worker, cause: string): void {
    const child = worker.child!;
    this.workers.set(worker.id, worker);
    this.#events.happened({ type: 'starting', slot: worker.slot, pid: worker.record.pid, cause });
    this.readiness.expect(worker);
    readChannel(child, {
      moved: (message, handle) => this.#events.moved(worker, message, handle),
      ready: () => worker.announced.resolve(),
    });
    child.once('exit', (code, signal) => {
      clearTimeout(worker.deadline);
      if (signal === 'SIGKILL' && !worker.endReason && this.#oomKills.explainsOne()) {
        worker.endReason = 'was killed by the kernel, because memory ran out';
        this.write(worker, `radiant: it ${worker.endReason}\n`);
      }
      worker.innocent = signal === 'SIGKILL' && !worker.endReason && worker.readyMs >= innocentMs;
      const reason = worker.endReason ?? (signal ? `ended by ${signal}` : `exited with code ${code}`);
      // What it said before it died is still to be read: it tells which sockets it took.
      if (worker.outbox === undefined) this.#ended(worker, reason);
      else worker.outbox.once('close', () => this.#ended(worker, reason));
    });
  }

  /** Whose app listens takes clients, if they are needed and its release has taken over; else it is a spare. */
  #seat(worker: Worker): void {
    worker.state = 'ready';
    if (!worker.candidate && (worker.admitted || this.#events.needed(worker))) this.admit(worker);
    else if (!worker.candidate) worker.state = 'spare';
    this.#events.wake();
  }

  #ready(worker: Worker): void {
    this.everReady = true;
    this.#seat(worker);
    const startedInMs = Math.round(performance.now() - worker.startedAt);
    this.#events.happened({ type: 'ready', slot: worker.slot, pid: worker.record.pid, startedInMs });
  }

  /** Lets clients come to a worker, for the first time or again. */
  admit(worker: Worker): void {
    worker.state = worker.listening ? 'ready' : 'closed';
    worker.candidate = false;
    worker.admitted = true;
    if (worker.listening) this.#names.point(worker.slot, workerSocket(this.#plan, worker.record));
    this.#spreadNames();
    worker.send({ type: 'open' });
    shutOrphans(this.workers.values());
    const slot = this.slots.at(worker.slot);
    slot.failing = false;
    delete slot.lastExit;
  }

  /** A spare takes clients from now on. */
  promote(worker: Worker): void {
    this.admit(worker);
    this.#events.happened({ type: 'promoted', slot: worker.slot, pid: worker.record.pid });
  }

  /** Leads nobody new to a worker, which is told to drain next. */
  withdraw(worker: Worker): void {
    worker.state = 'draining';
    this.#spreadNames();
    this.#events.happened({ type: 'draining', slot: worker.slot, pid: worker.record.pid });
    // An orphan that is still on its way to us is told as soon as it is here.
    setTimeout(() => worker.connected || this.stop(worker), introductionMs).unref();
  }

  /** Asks a worker's process to end, and ends it when it does not. */
  stop(worker: Worker): void {
    if (worker.state === 'stopping' || !this.workers.has(worker.id)) return;
    const { stopSignal, killTimeout } = this.#plan.launch.config;
    worker.state = 'stopping';
    worker.askToEnd(stopSignal);
    setTimeout(() => this.kill(worker), killTimeout).unref();
  }

  kill(worker: Worker): void {
    worker.state = 'stopping';
    if (this.workers.has(worker.id)) worker.signal('SIGKILL');
  }

  #ended(worker: Worker, reason: string): void {
    const { run } = this.#plan;
    const { slot, record, state } = worker;
    worker.asked?.abort();
    this.workers.delete(worker.id);
    const socket = workerSocket(this.#plan, record);
    this.#spreadNames();
    for (const each of [socket, siblingsSocket(run, worker.id)]) removeEntry(each);
    dropRecord(run.workers, worker.id);
    this.leftChildren.end(worker);
    const output = this.#outputs.of(worker);
    output.readAll();
    const expected = worker.leaving;
    const { lastLines } = output;
    this.#events.happened({ type: 'exit', slot, pid: record.pid, reason, expected, output: lastLines });
    if (!expected && !worker.candidate) {
      const lived = worker.innocent ? Number.POSITIVE_INFINITY : performance.now() - worker.startedAt;
      this.slots.at(slot).restarts += 1;
      this.#countDeath(slot, lived, { reason, output: lastLines });
    }
    worker.ending = { reason, output: lastLines };
    this.#events.ended(worker, state === 'starting');
    this.#events.wake();
  }

  #spreadNames(): void {
    const living = [...this.workers.values()].filter((worker) => worker.living);
    this.#names.spread(
      living.map(({ slot, record }) => ({ slot, socket: workerSocket(this.#plan, record) })),
    );
  }

  #countDeath(slot: number, livedMs: number, lastExit: NonNullable<Slot['lastExit']>): void {
    const after = afterDeath(this.slots.at(slot), livedMs, this.everReady, performance.now());
    this.slots.set(slot, { ...after, lastExit });
    const { retryAt, failing } = after;
    const inMs = Math.max(0, retryAt - performance.now());
    this.#events.happened({ type: 'retry', slot, inMs, failing });
    runAt(retryAt, () => this.#events.wake());
  }

  /** Adds to what a worker has written. */
  write(worker: Worker, text: string): void {
    this.#outputs.write(worker, text);
  }

  close(): void {
    this.#names.remove();
    this.#outputs.close();
  }
}
