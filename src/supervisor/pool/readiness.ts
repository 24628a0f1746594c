import { performance } from 'node:perf_hooks';
import type { Happening } from '../events/event-bus.ts';
import { probeReadiness } from '../workers/readiness-probe.ts';
import type { WorkerPlan } from '../workers/worker-plan.ts';
import { siblingsSocket } from '../workers/worker-sockets.ts';
import type { Worker } from '../workers/worker.ts';

export interface ReadinessEvents {
  happened(event: Happening): void;
  /** A worker is ready for the first time. */
  ready(worker: Worker): void;
  /** It listens again after it was closed. */
  reopened(worker: Worker): void;
  closed(worker: Worker): void;
}

/** Which workers' apps listen, and on what. */
export class Readiness {
  readonly #plan: WorkerPlan;
  readonly #events: ReadinessEvents;
  /** By release: the port that its app asked for. What another release did says nothing of it. */
  readonly #ports = new Map<number, number>();

  constructor(plan: WorkerPlan, events: ReadinessEvents) {
    this.#plan = plan;
    this.#events = events;
  }

  /** The port that the app of a release is known to ask for. */
  portOf(release: number): number | null {
    return this.#ports.get(release) ?? null;
  }

  /** Gives a worker up that is not ready in time. */
  expect(worker: Worker): void {
    const { startTimeout, deployTimeout } = this.#plan.launch.config;
    const timeout = worker.candidate ? deployTimeout : startTimeout;
    clearTimeout(worker.deadline);
    worker.deadline = setTimeout(() => {
      worker.endReason = `${worker.problem} within ${timeout / 1000} s`;
      worker.signal('SIGKILL');
    }, timeout);
  }

  /** The worker's app listens: it is ready as soon as it answers well. */
  listening(worker: Worker, port: number): void {
    const { config, run } = { ...this.#plan.launch, ...this.#plan };
    worker.listening = true;
    // An app that asks for PORT late was taken for one that ignores it until then.
    if (this.#ports.get(worker.release) !== config.port) this.#ports.set(worker.release, port);
    if (worker.state === 'closed') this.#reopened(worker);
    if (worker.state !== 'starting' || worker.asked !== undefined) return;
    const asked = new AbortController();
    worker.asked = asked;
    const told = (problem: string): void => void (worker.problem = problem);
    probeReadiness(siblingsSocket(run, worker.id), config.healthPath, asked.signal, told)
      .then(() => {
        worker.problem = "did not call process.send('ready')";
        return config.waitReady ? worker.announced.promise : undefined;
      })
      .then(
        () => asked.signal.aborted || this.#ready(worker),
        () => {},
      );
  }

  #ready(worker: Worker): void {
    if (worker.state !== 'starting') return;
    clearTimeout(worker.deadline);
    worker.readyAt = performance.now();
    this.#events.ready(worker);
  }

  #reopened(worker: Worker): void {
    clearTimeout(worker.deadline);
    this.#events.happened({ type: 'reopened', slot: worker.slot, pid: worker.record.pid });
    this.#events.reopened(worker);
  }

  /** The worker's app listens no more. What it has it may finish, for as long as it likes; nobody new comes to it. */
  closed(worker: Worker): void {
    if (!worker.listening) return;
    worker.listening = false;
    worker.asked?.abort();
    worker.asked = undefined;
    worker.problem = 'closed its server, and did not listen again';
    if (worker.state !== 'ready' && worker.state !== 'spare') return;
    worker.state = 'closed';
    // Nobody lives in one that has never had clients: it is worth no more than one that never listened.
    if (!worker.admitted) this.expect(worker);
    this.#events.happened({ type: 'closed', slot: worker.slot, pid: worker.record.pid });
    this.#events.closed(worker);
  }
}
