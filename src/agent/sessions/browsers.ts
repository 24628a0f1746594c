import type net from 'node:net';
import { hearOnce } from '../runtime/sockets.ts';
import { monotonicNow } from '../runtime/originals.ts';

/** Who was sent away has come back after so long. */
const rememberedMs = 20_000;

/** How long a client may take to close what it was told to close. */
const sendingMs = 3_000;

/** What a worker knows of a browser. */
export interface Acquaintance {
  /** Something of it lives here: a WebSocket or a long-poll session of some tab. */
  lives: boolean;
  /** A session waits here for it: its client lost its network. */
  wasLost: boolean;
}

/** The browsers that have something in this worker, by the id in their cookie. */
export class Browsers {
  readonly #living = new Map<string, number>();
  readonly #sessions = new Map<string, string>();
  readonly #sentAwayAt = new Map<string, number>();
  #sendingAway = 0;
  #sendingUntil = 0;

  /** `count` of the WebSockets that close within the next moments do so because they were told to. */
  expectSentAway(count: number): void {
    const now = monotonicNow();
    this.#sendingAway = (now < this.#sendingUntil ? this.#sendingAway : 0) + count;
    this.#sendingUntil = now + sendingMs;
  }

  /** Whether a browser was sent away and has not come back since. True only once. */
  returnsFromAway(browser: string): boolean {
    const at = this.#sentAwayAt.get(browser);
    this.#sentAwayAt.delete(browser);
    return at !== undefined && monotonicNow() - at <= rememberedMs;
  }

  #noteSentAway(browser: string): void {
    const now = monotonicNow();
    if (this.#sendingAway <= 0 || now > this.#sendingUntil) return;
    this.#sendingAway -= 1;
    for (const [other, at] of this.#sentAwayAt) {
      if (now - at <= rememberedMs) break;
      this.#sentAwayAt.delete(other);
    }
    this.#sentAwayAt.delete(browser);
    this.#sentAwayAt.set(browser, now);
  }

  /** A WebSocket of a browser. */
  opened(browser: string, socket: net.Socket): void {
    this.#count(browser, 1);
    hearOnce(socket, 'close', () => {
      this.#count(browser, -1);
      this.#noteSentAway(browser);
    });
  }

  #count(browser: string, more: number): void {
    const count = (this.#living.get(browser) ?? 0) + more;
    if (count > 0) this.#living.set(browser, count);
    else this.#living.delete(browser);
  }

  /** A long-poll session of a browser. */
  began(browser: string, session: string): void {
    if (this.#sessions.has(session)) return;
    this.#sessions.set(session, browser);
    this.#count(browser, 1);
  }

  /** That session is over. */
  ended(session: string): void {
    const browser = this.#sessions.get(session);
    if (browser === undefined) return;
    this.#sessions.delete(session);
    this.#count(browser, -1);
  }

  lives(browser: string): boolean {
    return this.#living.has(browser);
  }
}
