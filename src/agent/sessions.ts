import { monotonicNow } from './runtime/originals.ts';
/**
 * SockJS: `/<prefix>/<server>/<session>/<transport>`. The client makes up server and session and sends all
 * requests of one session there. (sockjs-protocol 0.3.4, "Base URLs".)
 */
const sockjs = /^.*\/[^/.]+\/[^/.]+$/;
const sockjsTransports = new Set([
  'xhr',
  'xhr_send',
  'xhr_streaming',
  'jsonp',
  'jsonp_send',
  'eventsource',
  'htmlfile',
]);
/** Engine.IO: the server names the session at the handshake, the client sends it as `sid`. (Engine.IO protocol 3 and 4.) */
const engineIo = /[?&]EIO=\d/;
const engineIoSession = /[?&]sid=([^&]+)/;

/** The long-poll session that a request belongs to: an opaque key, the same for all its requests. */
export function sessionOf(url: string): string | undefined {
  const query = url.indexOf('?');
  const end = query < 0 ? url.length : query;
  const slash = url.lastIndexOf('/', end);
  if (sockjsTransports.has(url.slice(slash + 1, end))) return sockjs.exec(url.slice(0, slash))?.[0];
  return query >= 0 && engineIo.test(url) ? engineIoSession.exec(url)?.[1] : undefined;
}

/** A request that opens an Engine.IO session: its answer carries the session's name. */
export const opensEngineIo = (url: string): boolean =>
  engineIo.test(url) && url.includes('transport=polling') && !engineIoSession.test(url);

const handshake = /"sid":"([^"]+)"/;
/** The session's name in the answer to a handshake: `0{"sid":"…",…}`, length-prefixed in protocol 3. */
export const engineIoName = (body: string): string | undefined => handshake.exec(body)?.[1];

/** An app forgets a SockJS session 60 s after its last poll; a poll itself may last 25 s and more. */
const idleLimit = 150_000;
const remembered = 100_000;

/** Which worker each long-poll session lives in, as far as this agent has heard. */
export class Sessions {
  readonly #self: number;
  readonly #owners = new Map<string, number>();
  readonly #lastSeen = new Map<string, number>();

  constructor(self: number) {
    this.#self = self;
  }

  owner(session: string): number | undefined {
    return this.#owners.get(session);
  }

  /** Returns true when this agent hears for the first time that the session is its own. */
  remember(session: string, worker: number, now = monotonicNow()): boolean {
    const known = this.#owners.get(session) === worker;
    this.#owners.delete(session);
    this.#owners.set(session, worker);
    if (worker === this.#self) this.#lastSeen.set(session, now);
    if (this.#owners.size > remembered) this.#dropOldest();
    return !known && worker === this.#self;
  }

  #dropOldest(): void {
    for (const session of this.#owners.keys()) {
      if (this.#lastSeen.has(session)) continue;
      this.#owners.delete(session);
      return;
    }
  }

  own(): string[] {
    return [...this.#lastSeen.keys()];
  }

  forget(session: string): void {
    this.#lastSeen.delete(session);
    this.#owners.delete(session);
  }

  /** Drops the sessions of its own that have been idle too long, and names them. */
  expire(now = monotonicNow()): string[] {
    const idle = [...this.#lastSeen].filter(([, seen]) => now - seen > idleLimit).map(([session]) => session);
    for (const session of idle) {
      this.#lastSeen.delete(session);
      this.#owners.delete(session);
    }
    return idle;
  }
}
