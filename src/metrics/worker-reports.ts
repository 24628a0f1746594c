import type { AgentMessage, SupervisorMessage } from '../protocol/messages.ts';
import type { AppFamily, Family } from '../protocol/metrics.ts';
import { performance } from 'node:perf_hooks';
import { AppLedger } from './app-ledger.ts';
import { Ledger, soundFamilies } from './ledger.ts';
import { ReleaseRequests } from './release-requests.ts';

/** What of a worker concerns metrics. */
export interface Metered {
  readonly id: number;
  readonly slot: number;
  readonly release: number;
  readonly connected: boolean;
  /** Milliseconds since it last told its load. */
  readonly silentMs: number;
  send(message: SupervisorMessage): void;
}

/** How long a scrape waits for a worker. */
const patienceMs = 1_000;
/** Agents tell their load each second: one that has not is stuck, and is not waited for. */
const stuckMs = 2_500;

/** What the workers of one slot have counted, now and before. */
export interface SlotReport {
  slot: number;
  families: Family[];
  app: AppFamily[];
}

interface Report {
  worker: Metered;
  families: Family[];
  app: AppFamily[];
  /** When `families` came (`performance.now()`). */
  at: number;
  /** The question that it has not answered. */
  asked: number | undefined;
}

/**
 * What the workers have counted, by slot. Counters of a worker that ends are kept for its slot, so that they never go
 * backwards.
 */
export class WorkerReports {
  readonly #releases = new ReleaseRequests();
  readonly #workers: () => Iterable<Metered>;
  readonly #reports = new Map<number, Report>();
  /** What the ended workers of each slot had counted. */
  readonly #past = new Map<number, { own: Ledger; app: AppLedger }>();
  readonly #waiting = new Map<number, () => void>();
  #lastQuestion = 0;

  constructor(workers: () => Iterable<Metered>) {
    this.#workers = workers;
  }

  told(worker: Metered, message: AgentMessage & { type: 'measured' }): void {
    this.#settle();
    const report = this.#of(worker);
    report.families = soundFamilies(message.families);
    report.at = performance.now();
    if (message.id === null) return;
    report.app = message.app;
    report.asked = undefined;
    this.#waiting.get(message.id)?.();
  }

  #of(worker: Metered): Report {
    const known = this.#reports.get(worker.id);
    if (known !== undefined) return known;
    const report = { worker, families: [], app: [], at: performance.now(), asked: undefined };
    this.#reports.set(worker.id, report);
    return report;
  }

  /** Asks all workers that can answer, and waits for them, but not for long: else their last report counts. */
  async ask(): Promise<void> {
    this.#settle();
    const asked = [...this.#workers()].filter((worker) => worker.connected);
    await Promise.all(asked.flatMap((worker) => this.#askOne(worker) ?? []));
    this.#settle();
  }

  #askOne(worker: Metered): Promise<void> | undefined {
    const report = this.#of(worker);
    // Questions would pile up at a worker that does not read.
    if (report.asked !== undefined && this.#isStuck(worker)) return undefined;
    const id = (this.#lastQuestion += 1);
    report.asked = id;
    worker.send({ type: 'measure', id });
    if (this.#isStuck(worker)) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, patienceMs);
    this.#waiting.set(id, resolve);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(id);
    });
  }

  #isStuck(worker: Metered): boolean {
    return worker.silentMs > stuckMs;
  }

  /** Puts what ended workers have counted to the past of their slots. */
  #settle(): void {
    const living = new Set(Array.from(this.#workers(), ({ id }) => id));
    for (const [id, { worker, families, app }] of this.#reports) {
      if (living.has(id)) continue;
      const past = this.#past.get(worker.slot) ?? { own: new Ledger(), app: new AppLedger() };
      this.#past.set(worker.slot, past);
      past.own.add(families, true);
      past.app.add(app, true);
      this.#releases.ended(worker.release, families);
      this.#reports.delete(id);
    }
  }

  /** Of each slot that has or had a worker, in order. */
  slots(): SlotReport[] {
    const numbers = new Set(this.#past.keys());
    for (const { worker } of this.#reports.values()) numbers.add(worker.slot);
    return [...numbers].toSorted((a, b) => a - b).map((slot) => this.#slot(slot));
  }

  #slot(slot: number): SlotReport {
    const [own, app] = [new Ledger(), new AppLedger()];
    const past = this.#past.get(slot);
    own.add(past?.own.families ?? []);
    app.add(past?.app.families ?? []);
    for (const report of this.#reports.values()) {
      if (report.worker.slot !== slot) continue;
      own.add(report.families);
      app.add(report.app);
    }
    return { slot, families: own.families, app: app.families };
  }

  /** Of each slot with a worker, how old its figures are, in seconds; with two workers the older ones. */
  ages(): Map<number, number> {
    const ages = new Map<number, number>();
    for (const { worker, at } of this.#reports.values()) {
      const seconds = (performance.now() - at) / 1000;
      ages.set(worker.slot, Math.max(seconds, ages.get(worker.slot) ?? 0));
    }
    return ages;
  }

  /** What all workers of each release have been asked for. */
  requestsByRelease(): ReturnType<ReleaseRequests['all']> {
    return this.#releases.all(
      Array.from(this.#reports.values(), ({ worker, families }) => ({ release: worker.release, families })),
    );
  }
}
