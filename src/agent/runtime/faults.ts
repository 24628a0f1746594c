import { TokenBucket } from '../../common/token-bucket.ts';
import { longestFault, type FaultEntry } from '../../protocol/faults.ts';
import { logToOperator } from './operator-log.ts';
import { monotonicNow } from './originals.ts';

export type { FaultEntry };

/** What the agent's own code threw: it is told, and the worker goes on. */
export interface Fault {
  entry: FaultEntry;
  stack: string;
  /** So many there were since the last one that was told, this one included. */
  count: number;
}

/** So many are told at once, and then one in so many milliseconds. */
const most = 5;
const everyMs = 10_000;

/** Counts faults, and hands on as many as somebody may want to read. */
export class Faults {
  readonly counts = new Map<FaultEntry, number>();
  readonly #tellable: TokenBucket;
  #untold = 0;
  /** Those of before somebody listens. */
  #early: Fault[] = [];
  #listener: ((fault: Fault) => void) | undefined;

  /** `clock`: milliseconds. */
  constructor(clock: () => number = monotonicNow) {
    this.#tellable = new TokenBucket(most, 1000 / everyMs, clock);
  }

  /** Never throws, whatever was thrown. */
  happened(entry: FaultEntry, error: unknown): void {
    this.counts.set(entry, (this.counts.get(entry) ?? 0) + 1);
    this.#untold += 1;
    if (!this.#tellable.take()) return;
    const fault = { entry, stack: textOf(error), count: this.#untold };
    this.#untold = 0;
    logToOperator(`the agent itself failed (${entry}), the app goes on: ${fault.stack}`);
    if (this.#listener === undefined) this.#early.push(fault);
    else this.#hand(this.#listener, fault);
  }

  /** `listener` hears of all that are told, those of before included. */
  listen(listener: (fault: Fault) => void): void {
    this.#listener = listener;
    for (const fault of this.#early.splice(0)) this.#hand(listener, fault);
  }

  #hand(listener: (fault: Fault) => void, fault: Fault): void {
    try {
      listener(fault);
    } catch {
      // It was told in the worker's output.
    }
  }
}

function textOf(error: unknown): string {
  try {
    const { stack } = error as Error;
    return String(typeof stack === 'string' ? stack : error).slice(0, longestFault);
  } catch {
    return 'something that cannot be shown';
  }
}

/** Those of this process. */
export const faults = new Faults();
