import type { Running } from './contender.ts';

/** What clients saw of a number of requests. */
export interface Sample {
  requests: number;
  seconds: number;
  /** Milliseconds from each request to its answer, in ascending order. */
  latencies: Float64Array;
  /** How many answers came from the worker that the request's cookie named. */
  atHome: number;
  /** How many answers said that they never change: of the app's own files, only Radiant says so. */
  immutable: number;
}

/** The clients of one contender. They keep what they have connected from one run to the next. */
export interface Clients {
  /** Makes so many requests, the next one as soon as an answer is here. Errors: a wrong answer, a lost connection. */
  run(requests: number): Promise<Sample>;
  close(): void;
}

export type Load = (target: Running) => Promise<Clients>;

/** Counts the requests of a run: hands them out to the clients and takes their answers. */
export class Run {
  readonly finished: Promise<Sample>;
  atHome = 0;
  immutable = 0;
  #left: number;
  #answers = 0;
  readonly #latencies: Float64Array;
  readonly #since = performance.now();
  readonly #resolve: (sample: Sample) => void;
  readonly #reject: (error: Error) => void;

  constructor(requests: number) {
    this.#left = requests;
    this.#latencies = new Float64Array(requests);
    const { promise, resolve, reject } = Promise.withResolvers<Sample>();
    this.finished = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** False when all requests have been made. */
  take(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }

  /** `started` is the `performance.now()` of the request that was answered. */
  answered(started: number): void {
    this.#latencies[this.#answers] = performance.now() - started;
    this.#answers += 1;
    if (this.#answers < this.#latencies.length) return;
    const seconds = (performance.now() - this.#since) / 1000;
    const latencies = this.#latencies.toSorted();
    const { atHome, immutable } = this;
    this.#resolve({ requests: this.#answers, seconds, latencies, atHome, immutable });
  }

  fail(error: Error): void {
    this.#reject(error);
  }
}
