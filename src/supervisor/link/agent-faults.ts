import { faultEntries, longestFault, type FaultEntry } from '../../protocol/faults.ts';
import type { Message } from './agents.ts';
import type { EventBus } from '../events/event-bus.ts';
import type { Worker } from '../workers/worker.ts';

/** An agent tells a few at once and then one in ten seconds; an untrusted one may say what it likes. */
const most = 10;
const perMs = 60_000;
const mostLines = 20;
const mostCount = 1_000_000;

type FaultMessage = Extract<Message, { type: 'fault' }>;

/** Makes events of what failed in agents. */
export class AgentFaults {
  readonly #events: Pick<EventBus, 'happened'>;
  readonly #now: () => number;
  readonly #told = new WeakMap<Worker, { since: number; count: number }>();

  /** `now`: a monotonic clock, in milliseconds. */
  constructor(events: Pick<EventBus, 'happened'>, now: () => number = () => performance.now()) {
    this.#events = events;
    this.#now = now;
  }

  told(worker: Worker, { entry, stack, count }: FaultMessage): void {
    if (!this.#mayTell(worker)) return;
    this.#events.happened({
      type: 'fault',
      slot: worker.slot,
      pid: worker.record.pid,
      entry: isEntry(entry) ? entry : 'unknown',
      stack: linesOf(stack),
      count: Math.min(Math.max(1, Math.trunc(count)), mostCount),
    });
  }

  #mayTell(worker: Worker): boolean {
    const now = this.#now();
    let told = this.#told.get(worker);
    if (told === undefined || now - told.since > perMs) {
      told = { since: now, count: 0 };
      this.#told.set(worker, told);
    }
    told.count += 1;
    return told.count <= most;
  }
}

const isEntry = (entry: string): entry is FaultEntry => (faultEntries as readonly string[]).includes(entry);

/** Without what a terminal would obey. */
const linesOf = (stack: string): string[] =>
  stack
    .slice(0, longestFault)
    .split('\n')
    .slice(0, mostLines)
    // oxlint-disable-next-line no-control-regex -- these are meant
    .map((line) => line.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ').trim())
    .filter((line) => line !== '');
