import type { Tally } from '../../protocol/messages.ts';
import { LruMap, busiest } from '../runtime/lru-map.ts';
import { monotonicNow } from '../runtime/originals.ts';

/** So many seconds' worth of requests may come at once: a page with its files, a client that catches up. */
export const burstSeconds = 5;
/** Addresses that are kept in mind: at about 200 bytes each some 13 MB in the worst case. */
const mostAddresses = 65_536;
/** Addresses of one period that may be worth telling; while there are so many, more change little. */
const mostBusy = 5_000;
/** Longer than this nobody is told to wait. */
const longestWait = 60;

/** A token bucket: it fills at the address's rate, and each request takes one token. */
interface Bucket {
  tokens: number;
  /** When it was filled last, in milliseconds. */
  at: number;
  /** Requests a second here, where the address is busy in other workers too. */
  share: number | undefined;
  /** The period in which so many were let through. */
  period: number;
  admitted: number;
}

/** Holds the requests of each address to so many a second; of more than `most` addresses it forgets the quiet ones. */
export class RequestRates {
  readonly limit: number;
  readonly #now: () => number;
  readonly #buckets: LruMap<Bucket>;
  #shared: Bucket[] = [];
  /** Those above `#worthTelling` in this period. */
  #busy = new Map<string, Bucket>();
  #worthTelling: number;
  #period = 0;

  constructor(limit: number, { most = mostAddresses, now = monotonicNow } = {}) {
    this.limit = limit;
    this.#buckets = new LruMap(most);
    this.#now = now;
    this.#worthTelling = limit / 4;
  }

  /** How many addresses are kept in mind. */
  get size(): number {
    return this.#buckets.size;
  }

  /** 0 when the address may make a request now, else for how many seconds it shall wait. */
  take(address: string): number {
    const bucket = this.#bucket(address);
    const rate = bucket.share ?? this.limit;
    const now = this.#now();
    // Even the smallest share lets one through now and then.
    const most = Math.max(1, rate * burstSeconds);
    bucket.tokens = Math.min(most, bucket.tokens + ((now - bucket.at) / 1000) * rate);
    bucket.at = now;
    const admitted = bucket.tokens >= 1;
    if (admitted) {
      bucket.tokens -= 1;
      bucket.admitted += 1;
    }
    const tells = !admitted || bucket.admitted > this.#worthTelling;
    if (tells && this.#busy.size < mostBusy) this.#busy.set(address, bucket);
    return admitted ? 0 : Math.min(longestWait, Math.max(1, Math.ceil((1 - bucket.tokens) / rate)));
  }

  /** What was let through since the last call, of the addresses with more than `above` and of those that were refused. */
  busy(above: number): Tally {
    const busy = busiest(this.#busy, ({ admitted }) => admitted);
    this.#busy = new Map();
    this.#worthTelling = above;
    this.#period += 1;
    return busy;
  }

  /** From now on these addresses have so many requests a second here, all others the limit. */
  divide(shares: Tally): void {
    for (const bucket of this.#shared) bucket.share = undefined;
    this.#shared = [];
    for (const { address, count } of shares) {
      const bucket = this.#buckets.get(address);
      if (bucket === undefined) continue;
      bucket.share = count;
      this.#shared.push(bucket);
    }
  }

  #bucket(address: string): Bucket {
    let bucket = this.#buckets.get(address);
    if (bucket === undefined) {
      const full = this.limit * burstSeconds;
      bucket = { tokens: full, at: this.#now(), share: undefined, period: 0, admitted: 0 };
      this.#buckets.set(address, bucket);
    }
    if (bucket.period !== this.#period) {
      bucket.period = this.#period;
      bucket.admitted = 0;
    }
    return bucket;
  }
}
