import { refusalFrom } from '../../protocol/refusals.ts';
import type { AgentMessage } from '../../protocol/messages.ts';
import type { Departures } from '../../running/departures.ts';
import type { Happening } from '../events/event-bus.ts';
import type { Worker } from '../workers/worker.ts';

export type Drained = Pick<AgentMessage & { type: 'drained' }, 'handedOver' | 'reconnected'>;

const nobody: Departures = { handedOver: 0, reconnected: {} };

/** What a worker said, which may be an untrusted user's: whole numbers, and known words. */
export function departuresOf({ handedOver, reconnected }: Drained): Departures {
  const counts = (reconnected ?? []).map(({ reason, count }): Departures => {
    return { handedOver: 0, reconnected: { [refusalFrom(reason)]: whole(count) } };
  });
  return counts.reduce(plus, { handedOver: whole(handedOver ?? 0), reconnected: {} });
}

const whole = (count: number): number => (Number.isSafeInteger(count) && count > 0 ? count : 0);

function plus(a: Departures, b: Departures): Departures {
  const reconnected = { ...a.reconnected };
  for (const [reason, count] of Object.entries(b.reconnected)) {
    if (count > 0) reconnected[reason] = (reconnected[reason] ?? 0) + count;
  }
  return { handedOver: a.handedOver + b.handedOver, reconnected };
}

/** Adds up what became of the clients of all workers that emptied since this supervisor began. */
export class DepartureLog {
  total: Departures = nobody;
  readonly #happened: (event: Happening) => void;

  constructor(happened: (event: Happening) => void) {
    this.#happened = happened;
  }

  drained({ slot, record }: Worker, told: Drained): void {
    const departures = departuresOf(told);
    this.total = plus(this.total, departures);
    if (departures.handedOver === 0 && Object.keys(departures.reconnected).length === 0) return;
    this.#happened({ type: 'drained', slot, pid: record.pid, ...departures });
  }

  /** Those that came after it was `earlier`. */
  since(earlier: Departures): Departures {
    const { handedOver, reconnected } = this.total;
    const more = Object.entries(reconnected).map(
      ([reason, count]) => [reason, count - (earlier.reconnected[reason] ?? 0)] as const,
    );
    return {
      handedOver: handedOver - earlier.handedOver,
      reconnected: Object.fromEntries(more.filter(([, count]) => count > 0)),
    };
  }
}
