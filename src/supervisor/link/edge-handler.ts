import type { AgentEvents, Message } from './agents.ts';
import type { Maintenance } from '../edge/maintenance.ts';
import type { LimitShares } from '../edge/limit-shares.ts';
import type { Hello, Introduction, Worker } from '../workers/worker.ts';

/** Hears the agents before the handler of the fleet does: a worker knows what holds at the edge before it takes clients. */
export class EdgeHandler implements AgentEvents {
  readonly #fleet: AgentEvents;
  readonly #maintenance: Maintenance;
  readonly #shares: LimitShares;

  constructor(fleet: AgentEvents, maintenance: Maintenance, shares: LimitShares) {
    this.#fleet = fleet;
    this.#maintenance = maintenance;
    this.#shares = shares;
  }

  find(first: Introduction): Worker | undefined {
    return this.#fleet.find(first);
  }

  hello(worker: Worker, hello: Hello): void {
    this.#maintenance.tell(worker);
    this.#fleet.hello(worker, hello);
  }

  foreigner(worker: Worker): void {
    this.#fleet.foreigner(worker);
  }

  message(worker: Worker, message: Message): void {
    if (message.type === 'addresses') this.#shares.told(worker, message);
    else this.#fleet.message(worker, message);
  }

  linkChanged(): void {
    this.#fleet.linkChanged();
  }
}
