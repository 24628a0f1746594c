import { percentile } from '../../test/support/http-load.ts';

/** What clients saw within a time. */
export interface Seen {
  requests: number;
  calls: number;
  /** Milliseconds; null without any. */
  requestsP99: number | null;
  callsP99: number | null;
}

/** What all clients have seen so far. */
export class Tally {
  /** Sessions that are open. */
  open = 0;
  /** How often a session was told to connect again, by a close in order. */
  moved = 0;
  /** Sessions that were lost in any other way, or could not come back. */
  dropped = 0;
  /** The keys of the methods whose results came. */
  readonly counted = new Set<string>();
  readonly failures = new Map<string, number>();
  #requests: number[] = [];
  #calls: number[] = [];

  request(ms: number): void {
    this.#requests.push(ms);
  }

  call(ms: number): void {
    this.#calls.push(ms);
  }

  failed(what: string): void {
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1);
  }

  /** What was seen since the last time that this was asked. */
  take(): Seen {
    const [requests, calls] = [this.#requests, this.#calls];
    this.#requests = [];
    this.#calls = [];
    return {
      requests: requests.length,
      calls: calls.length,
      requestsP99: p99(requests),
      callsP99: p99(calls),
    };
  }
}

const p99 = (values: readonly number[]): number | null =>
  values.length === 0 ? null : Math.round(percentile(values, 0.99) * 10) / 10;
