import { connectionOf } from '../connection/connection.ts';
import { connectionUnder, type DdpSession, type DdpSessions } from '../sessions/ddp-sessions.ts';
import { LruMap } from '../runtime/lru-map.ts';
import { monotonicNow } from '../runtime/originals.ts';
import { sessionOf } from '../sessions/sessions.ts';

/** Who was told to go has come back, somewhere, after so long. */
const comebackMs = 10_000;
/** Of so many browsers it is known. */
const remembered = 20_000;

/**
 * The clients that sessions without a socket wait for: those who lost their network (Meteor 3.5). A client is known by its
 * browser, as its cookie names that; all that have none count as one.
 */
export class ReturningClients {
  readonly #ddp: DdpSessions;
  /** Whose each session is, by the cookie of the last connection that it had. */
  readonly #browsers = new WeakMap<DdpSession, string | undefined>();
  /** How many sessions of a browser were told to go and have not come back. */
  readonly #told = new LruMap<{ count: number; at: number }>(remembered);

  constructor(ddp: DdpSessions) {
    this.#ddp = ddp;
    ddp.onConnected = (session) => this.#connected(session);
    ddp.onClosing = (session) => this.#closing(session);
  }

  /** A session waits here for a client of that browser. */
  awaits(browser: string | undefined): boolean {
    return this.#ddp.all().some((session) => !session.socket && this.#browsers.get(session) === browser);
  }

  /**
   * A client connects: whether it may be one that a session waits for. Not who was told to go, though another page of the
   * same browser may be awaited, or the same page as it was before it was loaded anew.
   */
  comesBack(browser: string | undefined): boolean {
    return !this.#wasTold(browser) && this.awaits(browser);
  }

  #wasTold(browser: string | undefined): boolean {
    const told = browser === undefined ? undefined : this.#told.get(browser);
    if (told === undefined || told.count === 0) return false;
    told.count -= 1;
    return monotonicNow() - told.at <= comebackMs;
  }

  #connected(session: DdpSession): void {
    const socket = connectionUnder(session);
    if (socket !== undefined) this.#browsers.set(session, connectionOf(socket).browser);
  }

  #closing(session: DdpSession): void {
    const browser = this.#browsers.get(session);
    // Who polls does not ask for its session when it comes back.
    if (browser === undefined || !session.socket || sessionOf(session.socket.url ?? '') !== undefined) return;
    const now = monotonicNow();
    const told = this.#told.get(browser);
    if (told === undefined) this.#told.set(browser, { count: 1, at: now });
    else Object.assign(told, { count: now - told.at > comebackMs ? 1 : told.count + 1, at: now });
  }
}
