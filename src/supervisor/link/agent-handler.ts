import type { WorkerReports } from '../../metrics/worker-reports.ts';
import { AgentFaults } from './agent-faults.ts';
import type { AgentEvents, Message } from './agents.ts';
import type { Arbiter } from '../traffic/connection-transfer.ts';
import type { Certificates } from '../edge/certificates.ts';
import type { EventBus } from '../events/event-bus.ts';
import type { FleetNews } from './membership-broadcast.ts';
import type { Leadership } from './leader-election.ts';
import { shutOrphans } from '../workers/orphans.ts';
import type { Observations } from '../rollout/observations.ts';
import type { Placement } from '../traffic/load-balancer.ts';
import type { Pool } from '../pool/pool.ts';
import type { Handle } from '../../running/handle.ts';
import type { Relay } from '../traffic/connection-transfer.ts';
import type { Hello, Introduction, Worker } from '../workers/worker.ts';

/** Who has to do with what agents say. */
export interface Departments {
  pool: Pool;
  relay: Relay;
  placement: Placement;
  leadership: Leadership;
  news: FleetNews;
  arbiter: Arbiter;
  observations: Observations;
  reports: WorkerReports;
  certificates: Certificates;
  /** For servers that listen again after they were closed. */
  handles: readonly Handle[];
  drained(worker: Worker, cut: number): void;
  wake(): void;
}

/** What is believed of one worker: it may be an untrusted user's. */
const mostSessions = 50_000;
const longestSession = 512;

/** Takes what agents say to whom it concerns. */
export class AgentDesk implements AgentEvents {
  readonly #to: Departments;
  readonly #faults: AgentFaults;

  constructor(events: EventBus, departments: Departments) {
    this.#faults = new AgentFaults(events);
    this.#to = departments;
  }

  find(first: Introduction): Worker | undefined {
    const worker = this.#to.pool.workers.get(first.worker);
    if (worker?.record.token !== first.token) return undefined;
    const known = first.type === 'hello' ? worker.inbox : worker.outbox;
    return known === undefined ? worker : undefined;
  }

  hello(worker: Worker, hello: Hello): void {
    const { arbiter, certificates, leadership, wake } = this.#to;
    worker.introduced = true;
    if (!hello.listening) this.#to.pool.readiness.closed(worker);
    worker.setWebSockets(hello.websockets);
    worker.confirms = hello.confirms === true;
    worker.telling = hello.more === true;
    for (const session of hello.sessions) this.#remember(session, worker);
    arbiter.heard(worker, hello);
    worker.send({ type: 'welcome' });
    certificates.tell(worker);
    leadership.heard(worker, hello.leader);
    if (worker.state === 'draining') worker.send({ type: 'drain' });
    else if (worker.admitted) worker.send({ type: 'open' });
    shutOrphans(this.#to.pool.workers.values());
    wake();
  }

  /** It is not known as introduced: whether it leads cannot be told, and nobody else may until it has ended. */
  foreigner(worker: Worker): void {
    this.#to.arbiter.silent(worker);
    worker.send({ type: 'welcome' });
    if (worker.state === 'draining') worker.send({ type: 'drain' });
    this.#to.wake();
  }

  message(worker: Worker, message: Message): void {
    const { pool, relay, placement, leadership, news, observations, handles, wake } = this.#to;
    switch (message.type) {
      case 'listening':
        pool.readiness.listening(worker, message.port);
        break;
      case 'closed':
        pool.readiness.closed(worker);
        break;
      case 'load':
        observations.reported(worker, message);
        worker.told(message);
        break;
      case 'measured':
        this.#to.reports.told(worker, message);
        break;
      case 'websockets':
        worker.setWebSockets(message.open);
        news.loadChanged();
        break;
      case 'place':
        if ((message.session?.length ?? 0) <= longestSession) placement.answer(worker, message);
        break;
      case 'session':
        this.#remember(message.session, worker);
        break;
      case 'told':
        worker.telling = false;
        placement.look();
        break;
      case 'forget':
        placement.forget(message.session);
        break;
      case 'taken':
        relay.taken(worker, message.move);
        break;
      case 'refused':
        relay.refused(worker, message.move);
        break;
      case 'fault':
        this.#faults.told(worker, message);
        break;
      case 'drained':
        this.#to.drained(worker, message.cut);
        break;
      case 'resigned':
        leadership.resigned(worker);
        wake();
        break;
      case 'accepting':
        worker.accepting = true;
        wake();
        break;
      case 'reopen':
        worker.listeners.send(handles);
        break;
    }
  }

  /** It has ended, and nothing more will be heard of it. */
  gone(worker: Worker): void {
    const { arbiter, relay, placement } = this.#to;
    relay.gone(worker);
    arbiter.silent(worker);
    placement.forgetWorker(worker);
  }

  #remember(session: string, worker: Worker): void {
    const bearable = session.length <= longestSession && worker.sessions < mostSessions;
    if (bearable) this.#to.placement.remember(session, worker);
  }

  linkChanged(): void {
    this.#to.placement.look();
    this.#to.wake();
  }
}
