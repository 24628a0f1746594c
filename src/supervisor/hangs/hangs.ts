import { performance } from 'node:perf_hooks';
import type { Finding } from '../../inspector/find-place.ts';
import type { Release } from '../../running/release.ts';
import type { EventBus } from '../events/event-bus.ts';
import { HeapSnapshots } from './heap-snapshots.ts';
import { Inspectors } from './inspectors.ts';
import type { Pool } from '../pool/pool.ts';
import type { WorkerPlan } from '../workers/worker-plan.ts';
import type { Worker } from '../workers/worker.ts';
import { readFileSync } from 'node:fs';

/** With its head it fits into the last lines that are kept of a worker. */
const mostFrames = 30;

/** What the kernel says of a process's main thread. */
export interface MainThread {
  /** proc(5): `R` runs or could run, `S` and `D` wait, `T` and `t` are stopped. */
  state: string;
  /** CPU time that it has used, in clock ticks. */
  ticks: number;
}

/** undefined without /proc, and for a process that has ended. */
export function mainThreadOf(pid: number): MainThread | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}

/** One look at a worker whose event loop may hang. */
export interface SilenceProbe {
  /** How long it has not told its load. */
  silentMs: number;
  /** How long ago the look before was. */
  elapsedMs: number;
  /** How much later than it should this look comes: the supervisor itself, or the whole machine, stood still. */
  lateMs: number;
  thread: MainThread | undefined;
}

/** How long a worker has been silent through its own fault. */
export class Silence {
  /** It waits for something: it has used no CPU time since the look before. */
  waits = false;
  #silentMs = 0;
  #excusedMs = 0;
  #ticks = 0;

  /** The milliseconds that count. Those don't in which it was stopped, or wanted to run and got no CPU. */
  look({ silentMs, elapsedMs, lateMs, thread }: SilenceProbe): number {
    if (silentMs < this.#silentMs) this.#excusedMs = 0;
    this.#silentMs = silentMs;
    const idle = thread !== undefined && thread.ticks === this.#ticks;
    this.#ticks = thread?.ticks ?? 0;
    const stopped = thread?.state === 'T' || thread?.state === 't';
    this.waits = idle && !stopped && thread.state !== 'R';
    if (stopped || (idle && thread.state === 'R')) this.#excusedMs += elapsedMs;
    else this.#excusedMs += lateMs;
    return Math.max(0, silentMs - this.#excusedMs);
  }
}

const everyMs = 1_000;
/** Agents report each second: before this nothing is wrong. */
const quietMs = 2_000;

/** What is past its start, and not being ended. */
const answers = new Set<Worker['state']>(['ready', 'closed', 'spare', 'draining']);

/** What looking for hangs needs of the fleet. */
export interface HangParts {
  plan: WorkerPlan;
  pool: Pool;
  events: EventBus;
  releaseOf(worker: Worker): Release;
}

/** Looks after workers that hang, or come near their heap limit, as long as the supervisor lives. */
export function watchOver(parts: HangParts): void {
  const { run, launch } = parts.plan;
  const { hangTimeout, heapSnapshots } = launch.config;
  const snapshots = new HeapSnapshots(run, heapSnapshots, parts.events);
  if (hangTimeout > 0) new Hangs(parts, snapshots).start();
}

/** Finds workers whose event loop hangs, has the place looked up, and ends them. */
class Hangs {
  readonly #plan: WorkerPlan;
  readonly #pool: Pool;
  readonly #events: EventBus;
  readonly #releaseOf: (worker: Worker) => Release;
  readonly #snapshots: HeapSnapshots;
  readonly #inspectors = new Inspectors();
  readonly #silences = new WeakMap<Worker, Silence>();
  readonly #spared = new WeakSet<Worker>();
  #lookedAt = performance.now();

  constructor({ plan, pool, events, releaseOf }: HangParts, snapshots: HeapSnapshots) {
    this.#plan = plan;
    this.#pool = pool;
    this.#events = events;
    this.#releaseOf = releaseOf;
    this.#snapshots = snapshots;
  }

  start(): void {
    this.#events.subscribe((event) => this.#inspectors.hear(event));
    setInterval(() => this.#look(), everyMs).unref();
  }

  get #timeout(): number {
    return this.#plan.launch.config.hangTimeout;
  }

  #look(): void {
    const now = performance.now();
    const elapsedMs = now - this.#lookedAt;
    this.#lookedAt = now;
    const lateMs = elapsedMs > 2 * everyMs ? elapsedMs - everyMs : 0;
    for (const worker of this.#pool.workers.values()) {
      const { silentMs } = worker;
      // A hung worker keeps its connection; one without it cannot be heard.
      if (!answers.has(worker.state) || !worker.connected) continue;
      if (silentMs < quietMs) {
        this.#silences.delete(worker);
        continue;
      }
      const silence = this.#silences.get(worker) ?? new Silence();
      this.#silences.set(worker, silence);
      const hungMs = silence.look({ silentMs, elapsedMs, lateMs, thread: mainThreadOf(worker.record.pid) });
      if (hungMs < this.#timeout || this.#inspectors.asking(worker.slot)) continue;
      if (this.#snapshots.writing(worker)) continue;
      if (this.#inspectors.inUse(worker.slot)) this.#spare(worker);
      else void this.#end(worker, hungMs, silence.waits);
    }
  }

  #spare(worker: Worker): void {
    if (this.#spared.has(worker)) return;
    this.#spared.add(worker);
    const text = 'its event loop stands still; it is left alone, because a debugger is attached to it';
    this.#events.happened({ type: 'notice', slot: worker.slot, text });
  }

  async #end(worker: Worker, silentMs: number, waits: boolean): Promise<void> {
    const { slot, record } = worker;
    const { account } = this.#plan;
    const root = this.#releaseOf(worker).program.cwd;
    const since = performance.now();
    const finding = await this.#inspectors.ask(worker, { root, ...(account && { account }) });
    if (worker.ending !== undefined) return;
    const what = describe(silentMs, finding, waits);
    worker.endReason = `was killed: its ${what}`;
    const lines = [
      `radiant: the ${what}`,
      ...finding.stack.slice(0, mostFrames).map((frame) => `    at ${frame}`),
    ];
    this.#pool.write(worker, lines.map((line) => `${line}\n`).join(''));
    const { stack, where } = finding;
    this.#events.happened({
      type: 'hang',
      slot,
      pid: record.pid,
      silentMs: Math.round(silentMs),
      foundInMs: Math.round(performance.now() - since),
      stack,
      ...(where !== undefined && { where }),
    });
    worker.signal('SIGKILL');
  }
}

function describe(silentMs: number, { where }: Finding, waits: boolean): string {
  const hung = `event loop hung for ${Math.round(silentMs / 1000)} s`;
  if (where !== undefined) return `${hung} in ${where}`;
  return waits ? `${hung}, waiting for a call that does not return` : hung;
}
