import { sessionName } from '../../protocol/session-name.ts';
import { LruMap } from '../runtime/lru-map.ts';
import { monotonicNow } from '../runtime/originals.ts';

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

/** The transport of SockJS that a URL ends in, for the requests of which it says whose they are. */
export function sockjsTransport(url: string): string | undefined {
  const end = pathLength(url);
  const transport = url.slice(url.lastIndexOf('/', end) + 1, end);
  return sockjsTransports.has(transport) ? transport : undefined;
}

function pathLength(url: string): number {
  const query = url.indexOf('?');
  return query < 0 ? url.length : query;
}

/** The long-poll session that a request belongs to: an opaque key, the same for all its requests. */
export function sessionOf(url: string): string | undefined {
  const transport = sockjsTransport(url);
  const said =
    transport === undefined
      ? engineIo.test(url) && decoded(engineIoSession.exec(url)?.[1] ?? '')
      : sockjs.exec(url.slice(0, pathLength(url) - transport.length - 1))?.[0];
  return said ? sessionName(said) : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A request that opens an Engine.IO session: its answer carries the session's name. */
export const opensEngineIo = (url: string): boolean =>
  engineIo.test(url) && url.includes('transport=polling') && !engineIoSession.test(url);

/** An app forgets a SockJS session 60 s after its last poll; a poll itself may last 25 s and more. */
const idleLimit = 150_000;
/** Of so many sessions elsewhere it is remembered where they are. */
const remembered = 10_000;

/** What was cut out of a URL keeps all of that in memory. */
const copied = (name: string): string => Buffer.from(name).toString();

/** Which worker each long-poll session lives in, as far as this agent has heard. */
export class Sessions {
  readonly #self: number;
  /** Those that the app here has opened, and when each was asked for last. */
  readonly #own = new Map<string, number>();
  readonly #elsewhere = new LruMap<number>(remembered);

  constructor(self: number) {
    this.#self = self;
  }

  owner(session: string): number | undefined {
    return this.#own.has(session) ? this.#self : this.#elsewhere.get(session);
  }

  /** It lives in another worker. */
  placed(session: string, worker: number): void {
    if (worker !== this.#self) this.#elsewhere.set(copied(session), worker);
  }

  /** The app here has opened it. */
  opened(session: string, now = monotonicNow()): void {
    this.#own.set(copied(session), now);
  }

  /** A request of a session that lives here has come. False when none of that name does. */
  used(session: string, now = monotonicNow()): boolean {
    const known = this.#own.has(session);
    if (known) this.#own.set(session, now);
    return known;
  }

  own(): string[] {
    return [...this.#own.keys()];
  }

  forget(session: string): void {
    this.#own.delete(session);
  }

  /** Drops the sessions of its own that have been idle too long, and names them. `isPolled`: a request of it is open. */
  expire(isPolled: (session: string) => boolean, now = monotonicNow()): string[] {
    const idle = [...this.#own].filter(([session, at]) => now - at > idleLimit && !isPolled(session));
    for (const [session] of idle) this.#own.delete(session);
    return idle.map(([session]) => session);
  }
}
