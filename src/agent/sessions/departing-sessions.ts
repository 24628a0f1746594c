import type { IncomingMessage } from 'node:http';

import { monotonicNow } from '../runtime/originals.ts';

/** What peers have sent, or are about to, before they hear that a session is elsewhere. */
const lingerMs = 500;

interface Waiting {
  request: IncomingMessage;
  /** Called when it is known where the session is. */
  go(worker: number | undefined): void;
}

/** Long-poll sessions that go to another worker: what comes for them waits, and follows them. */
export class DepartingSessions {
  readonly #waiting = new Map<string, Waiting[]>();
  /** Where those are that were here. */
  readonly #gone = new Map<string, number>();
  /** When one left last, or something came for one that had. */
  #latest = Number.NEGATIVE_INFINITY;
  /** This worker is about to end: nothing can follow any more by way of it. */
  closed = false;
  /** One lives elsewhere. */
  readonly #left: (session: string, worker: number) => void;

  /** `left` is called when one lives elsewhere, ahead of what has waited for that. */
  constructor(left: (session: string, worker: number) => void) {
    this.#left = left;
  }

  hold(session: string): void {
    if (!this.#waiting.has(session)) this.#waiting.set(session, []);
  }

  /** It lives in `worker` now, which may not know that yet. */
  leave(session: string, worker: number): void {
    this.#gone.set(session, worker);
    this.#latest = monotonicNow();
    this.#left(session, worker);
  }

  /** What has waited goes where the session is: away, or it has stayed. */
  release(session: string): void {
    const waiting = this.#waiting.get(session);
    this.#waiting.delete(session);
    for (const { go } of waiting ?? []) go(this.#gone.get(session));
  }

  /** True: the request waits until it is known where the session is. */
  waits(session: string, request: IncomingMessage, go: Waiting['go']): boolean {
    const waiting = this.#waiting.get(session);
    waiting?.push({ request, go });
    return waiting !== undefined;
  }

  /** What came first since it is held. */
  firstWaiting(session: string): IncomingMessage | undefined {
    return this.#waiting.get(session)?.[0]?.request;
  }

  /** It has come back. */
  returned(session: string): void {
    this.#gone.delete(session);
  }

  /** Where it went from here. */
  worker(session: string): number | undefined {
    return this.#gone.get(session);
  }

  /** Something has come for one that went from here, to follow it. */
  followed(): void {
    this.#latest = monotonicNow();
  }

  /** Nothing more is expected to come for those that went. */
  get calm(): boolean {
    return this.#waiting.size === 0 && monotonicNow() - this.#latest > lingerMs;
  }

  /** What comes for it is to ask elsewhere. */
  isTooLateFor(session: string): boolean {
    return this.closed && this.#gone.has(session);
  }

  /** None ever left, or is to. */
  get none(): boolean {
    return this.#waiting.size === 0 && this.#gone.size === 0;
  }
}
