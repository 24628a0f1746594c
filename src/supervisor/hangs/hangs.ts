import { performance } from 'node:perf_hooks';
import type { Finding } from '../../inspector/find-place.ts';
import type { Release } from '../../running/release.ts';
import type { EventBus } from '../events/event-bus.ts';
import { HeapSnapshots } from './heap-snapshots.ts';
import { Inspectors } from './inspectors.ts';
import { mainThreadOf } from './main-thread.ts';
import type { Pool } from '../pool/pool.ts';
import { Silence } from './silence.ts';
import type { WorkerPlan } from '../workers/worker-plan.ts';
import type { Worker } from '../workers/worker.ts';

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
    const lines = [`radiant: the ${what}`, ...finding.stack.map((frame) => `    at ${frame}`)];
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
