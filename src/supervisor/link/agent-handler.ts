import type { WorkerReports } from '../../metrics/worker-reports.ts';
import { AgentFaults } from './agent-faults.ts';
import type { AgentEvents, Message } from './agents.ts';
import type { TransferRecovery, ConnectionTransfer } from '../traffic/connection-transfer.ts';
import type { Certificates } from '../edge/certificates.ts';
import type { EventBus } from '../events/event-bus.ts';
import type { DepartureLog } from '../traffic/departures.ts';
import type { MembershipBroadcast } from './membership-broadcast.ts';
import type { LeaderElection } from './leader-election.ts';
import { shutOrphans } from '../workers/orphans.ts';
import type { Observations } from '../rollout/observations.ts';
import type { LoadBalancer } from '../traffic/load-balancer.ts';
import type { Pool } from '../pool/pool.ts';
import type { Handle } from '../../running/handle.ts';
import type { Hello, Introduction, Worker } from '../workers/worker.ts';

/** Who has to do with what agents say. */
export interface AgentHandlerParts {
  pool: Pool;
  transfer: ConnectionTransfer;
  balancer: LoadBalancer;
  election: LeaderElection;
  membershipBroadcast: MembershipBroadcast;
  transferRecovery: TransferRecovery;
  observations: Observations;
  reports: WorkerReports;
  departures: DepartureLog;
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
export class AgentHandler implements AgentEvents {
  readonly #parts: AgentHandlerParts;
  readonly #faults: AgentFaults;

  constructor(events: EventBus, parts: AgentHandlerParts) {
    this.#faults = new AgentFaults(events);
    this.#parts = parts;
  }

  find(first: Introduction): Worker | undefined {
    const worker = this.#parts.pool.workers.get(first.worker);
    if (worker?.record.token !== first.token) return undefined;
    const known = first.type === 'hello' ? worker.inbox : worker.outbox;
    return known === undefined ? worker : undefined;
  }

  hello(worker: Worker, hello: Hello): void {
    const { transferRecovery, certificates, election, wake } = this.#parts;
    worker.introduced = true;
    if (!hello.listening) this.#parts.pool.readiness.closed(worker);
    worker.setWebSockets(hello.websockets);
    worker.confirms = hello.confirms === true;
    worker.takesSessions = hello.takesSessions === true;
    worker.telling = hello.more === true;
    for (const session of hello.sessions) this.#remember(session, worker);
    transferRecovery.heard(worker, hello);
    worker.send({ type: 'welcome' });
    certificates.tell(worker);
    election.heard(worker, hello.leader);
    if (worker.state === 'draining') worker.send({ type: 'drain' });
    else if (worker.admitted) worker.send({ type: 'open' });
    shutOrphans(this.#parts.pool.workers.values());
    wake();
  }

  /** It is not known as introduced: whether it leads cannot be told, and nobody else may until it has ended. */
  foreigner(worker: Worker): void {
    this.#parts.transferRecovery.silent(worker);
    worker.send({ type: 'welcome' });
    if (worker.state === 'draining') worker.send({ type: 'drain' });
    this.#parts.wake();
  }

  message(worker: Worker, message: Message): void {
    const { pool, transfer, election, membershipBroadcast, observations, handles, wake } = this.#parts;
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
        this.#parts.reports.told(worker, message);
        break;
      case 'websockets':
        worker.setWebSockets(message.open);
        membershipBroadcast.loadChanged();
        break;
      case 'place':
      case 'session':
      case 'told':
      case 'forget':
        this.#ofSessions(worker, message);
        break;
      case 'taken':
        transfer.taken(worker, message.move);
        break;
      case 'refused':
        transfer.refused(worker, message.move);
        break;
      case 'fault':
        this.#faults.told(worker, message);
        break;
      case 'drained':
        this.#parts.departures.drained(worker, message);
        this.#parts.drained(worker, message.cut);
        break;
      case 'resigned':
        election.resigned(worker);
        wake();
        break;
      case 'accepting':
        worker.accepting = true;
        wake();
        break;
      case 'takesSessions':
        worker.takesSessions = true;
        membershipBroadcast.changed();
        break;
      case 'reopen':
        worker.listeners.send(handles);
        break;
    }
  }

  #ofSessions(worker: Worker, message: Message & { type: 'place' | 'session' | 'told' | 'forget' }): void {
    const { balancer } = this.#parts;
    switch (message.type) {
      case 'place':
        if ((message.session?.length ?? 0) <= longestSession) balancer.answer(worker, message);
        break;
      case 'session':
        this.#remember(message.session, worker);
        break;
      case 'told':
        worker.telling = false;
        balancer.look();
        break;
      case 'forget':
        balancer.forget(message.session);
        break;
    }
  }

  /** It has ended, and nothing more will be heard of it. */
  gone(worker: Worker): void {
    const { transferRecovery, transfer, balancer } = this.#parts;
    transfer.gone(worker);
    transferRecovery.silent(worker);
    balancer.forgetWorker(worker);
  }

  #remember(session: string, worker: Worker): void {
    const bearable = session.length <= longestSession && worker.sessions < mostSessions;
    if (bearable) this.#parts.balancer.remember(session, worker);
  }

  linkChanged(): void {
    this.#parts.balancer.look();
    this.#parts.wake();
  }
}
