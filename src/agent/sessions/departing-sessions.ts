/** Long-poll sessions that go to another worker: what comes for them waits, and follows them. */
export class DepartingSessions {
  readonly #waiting = new Map<string, ((worker: number | undefined) => void)[]>();
  /** Where those are that were here. */
  readonly #gone = new Map<string, number>();
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
    this.#left(session, worker);
  }

  /** What has waited goes where the session is: away, or it has stayed. */
  release(session: string): void {
    const waiting = this.#waiting.get(session);
    this.#waiting.delete(session);
    for (const go of waiting ?? []) go(this.#gone.get(session));
  }

  /** True: `go` is called when it is known where the session is. */
  waits(session: string, go: (worker: number | undefined) => void): boolean {
    const waiting = this.#waiting.get(session);
    waiting?.push(go);
    return waiting !== undefined;
  }

  /** It has come back. */
  returned(session: string): void {
    this.#gone.delete(session);
  }

  /** Where it went from here. */
  worker(session: string): number | undefined {
    return this.#gone.get(session);
  }

  /** None ever left, or is to. */
  get none(): boolean {
    return this.#waiting.size === 0 && this.#gone.size === 0;
  }
}
