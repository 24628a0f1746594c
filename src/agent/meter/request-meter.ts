import type { ServerResponse } from 'node:http';

import { workerMetrics, type Family, type Series } from '../../protocol/metrics.ts';
import type { Connection, Origin } from '../connection/connection.ts';
import { fault } from '../runtime/guard.ts';
import { Distribution, family, single } from './family.ts';
import { monotonicNow } from '../runtime/originals.ts';

/**
 * What became of a request. `peer`: it did not come from a client. `departed`: its connection is on its way to
 * another worker, which counts it. `refused`: the agent itself says no, so it tells nothing of the app.
 */
export type RequestKind = 'kept' | 'moved' | 'forwarded' | 'static' | 'refused' | 'peer' | 'departed';

const started = Symbol('radiant.started');
const kind = Symbol('radiant.kind');
type Metered = ServerResponse & { [started]: number; [kind]: RequestKind };

/** none: the client left before there was one. */
const statuses = ['none', '2xx', '3xx', '4xx', '5xx'] as const;
const { buckets } = workerMetrics.radiant_http_request_duration_seconds;

interface Tally {
  statuses: number[];
  durations: Distribution;
}

const tally = (): Tally => ({
  statuses: statuses.map(() => 0),
  durations: new Distribution(buckets!),
});

const kindAtFirst = (origin: Origin, placed: boolean): RequestKind => {
  if (origin === 'peer') return 'peer';
  return placed ? 'moved' : 'kept';
};

/** Counts requests. What it needs to know of one it keeps on its response: no closure, no object for each. */
export class RequestMeter {
  /** Requests that have come. */
  requests = 0;
  /** Requests that are being answered. */
  active = 0;
  /** Answers with a status of 500 or more. */
  failures = 0;
  #peers = 0;
  readonly #tallies = {
    kept: tally(),
    moved: tally(),
    forwarded: tally(),
    static: tally(),
    refused: tally(),
  };
  readonly #answered: (this: ServerResponse) => void;

  constructor() {
    const ended = (response: Metered): void => this.#ended(response);
    // One listener for all requests.
    this.#answered = function () {
      try {
        ended(this as Metered);
      } catch (error) {
        fault('socket', error);
      }
    };
  }

  began(response: ServerResponse, { origin, placed }: Connection): void {
    this.requests += 1;
    this.active += 1;
    (response as Metered)[started] = monotonicNow();
    (response as Metered)[kind] = kindAtFirst(origin, placed);
    response.on('close', this.#answered);
  }

  /** It turns out otherwise. */
  becomes(response: ServerResponse, as: RequestKind): void {
    if ((response as Metered)[kind] !== 'peer') (response as Metered)[kind] = as;
  }

  #ended(response: Metered): void {
    const { statusCode } = response;
    this.active -= 1;
    if (statusCode >= 500 && response[kind] !== 'refused') this.failures += 1;
    const as = response[kind];
    if (as === 'departed') return;
    if (as === 'peer') {
      this.#peers += 1;
      return;
    }
    const { statuses: counts, durations } = this.#tallies[as];
    const place = response.headersSent ? Math.min(Math.max(Math.floor(statusCode / 100) - 1, 1), 4) : 0;
    counts[place]! += 1;
    durations.add((monotonicNow() - response[started]) / 1000);
  }

  families(): Family[] {
    const requests: Series[] = [];
    const durations: Series[] = [];
    for (const [as, each] of Object.entries(this.#tallies)) {
      each.statuses.forEach((count, i) => requests.push({ labels: [as, statuses[i]!], values: [count] }));
      durations.push({ labels: [as], values: each.durations.values });
    }
    return [
      family('radiant_http_requests_total', requests),
      family('radiant_http_request_duration_seconds', durations),
      single('radiant_http_requests_active', this.active),
      single('radiant_http_sibling_requests_total', this.#peers),
    ];
  }
}
