import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';
import { guarded } from '../runtime/guard.ts';
import { hearOnce } from '../runtime/sockets.ts';
import { clearTimeout, setTimeout } from '../runtime/timers.ts';

/** How long a client may take to come back for the news that its session has ended. */
const patienceMs = 5_000;
/** What a client sent before that news reached it may still be on its way. */
const lingerMs = 500;

/** The requests that wait for messages; the others bring some (`xhr_send`, Engine.IO's POST). */
const isPoll = ({ url, method }: IncomingMessage): boolean =>
  !/\/(?:xhr|jsonp)_send(?:\?|$)/.test(url!) && (method === 'GET' || !/[?&]EIO=\d/.test(url!));

/** The transport's own "this session is closed", for those that say it in a plain answer. */
export function closeFrame(method: string, url: string): { type: string; body: string } | undefined {
  if (/\/xhr(?:_streaming)?(?:\?|$)/.test(url) && method === 'POST') {
    return { type: 'application/javascript; charset=UTF-8', body: 'c[1012,"Service restart"]\n' };
  }
  const version = /[?&]EIO=(\d)/.exec(url)?.[1];
  if (version === undefined || method !== 'GET' || /[?&](?:j=|transport=websocket)/.test(url))
    return undefined;
  return { type: 'text/plain; charset=UTF-8', body: Number(version) >= 4 ? '1' : '1:1' };
}

interface Leaving {
  /**
   * The agent says it; else the app does: in the poll that waits, or in a later one. Not certainly in the next, which takes
   * messages along that were waiting for it, and SockJS ends the answer to `xhr` after the first frame.
   */
  bySelf: boolean;
  timer?: NodeJS.Timeout;
}

/** The long-poll sessions of this worker that end: each is kept until its client has heard of that. */
export class LongPolls {
  readonly #forget: (session: string) => void;
  readonly #waiting = new Map<string, Set<ServerResponse>>();
  readonly #sending = new Map<string, number>();
  readonly #leaving = new Map<string, Leaving>();

  /** `forget` is called when a session is over and its client knows, or does not come back. */
  constructor(forget: (session: string) => void) {
    this.#forget = forget;
  }

  /** A request of a session that lives here. True when it has been answered. */
  met(session: string, request: IncomingMessage, response: ServerResponse): boolean {
    if (!isPoll(request)) {
      this.#sends(session, response);
      return false;
    }
    const waiting = this.#waiting.get(session) ?? new Set();
    this.#waiting.set(session, waiting.add(response));
    hearOnce(response, 'close', () => this.#ended(session, response));
    const leaving = this.#leaving.get(session);
    if (leaving?.bySelf === true) return answer(request, response);
    if (leaving !== undefined) listenForNews(response);
    return false;
  }

  #sends(session: string, response: ServerResponse): void {
    this.#sending.set(session, (this.#sending.get(session) ?? 0) + 1);
    hearOnce(response, 'close', () => {
      const left = this.#sending.get(session)! - 1;
      if (left > 0) this.#sending.set(session, left);
      else this.#sending.delete(session);
    });
  }

  /** A request of it brings messages. */
  isSending(session: string): boolean {
    return this.#sending.has(session);
  }

  #ended(session: string, response: ServerResponse): void {
    const waiting = this.#waiting.get(session);
    waiting?.delete(response);
    if (waiting?.size === 0) this.#waiting.delete(session);
    const leaving = this.#leaving.get(session);
    if (leaving === undefined) return;
    this.#expect(session, leaving, hasTold.has(response) ? lingerMs : patienceMs);
  }

  /** A session that is being closed here: by the app, or by the agent in its next poll. */
  leave(session: string, bySelf: boolean): void {
    if (this.#leaving.has(session)) return;
    const waiting = this.#waiting.get(session);
    const leaving: Leaving = { bySelf };
    this.#leaving.set(session, leaving);
    if (waiting === undefined) this.#expect(session, leaving, patienceMs);
    else if (!bySelf) for (const response of waiting) listenForNews(response);
  }

  #expect(session: string, leaving: Leaving, ms: number): void {
    if (leaving.timer) clearTimeout(leaving.timer);
    leaving.timer = setTimeout(() => {
      if (this.#waiting.has(session)) return;
      this.#leaving.delete(session);
      this.#forget(session);
    }, ms).unref();
  }

  /** A request of it waits here for messages. */
  isPolled(session: string): boolean {
    return this.#waiting.has(session);
  }

  isLeaving(session: string): boolean {
    return this.#leaving.has(session);
  }

  /** Sessions whose clients have not heard yet. */
  get leaving(): number {
    return this.#leaving.size;
  }

  /** Sessions that end and have a request here, which will bring the news. */
  get waiting(): number {
    return [...this.#leaving.keys()].filter((session) => this.#waiting.has(session)).length;
  }

  /** The connections that polls wait on. */
  sockets(): Set<net.Socket> {
    const sockets = new Set<net.Socket>();
    for (const responses of this.#waiting.values()) {
      for (const { socket } of responses) if (socket) sockets.add(socket);
    }
    return sockets;
  }

  /** The clients that have not come back until now get no news. Also what undoes a drain. */
  stopLeaving(): void {
    for (const { timer } of this.#leaving.values()) if (timer) clearTimeout(timer);
    this.#leaving.clear();
  }
}

/** Answers that brought the news. */
const hasTold = new WeakSet<ServerResponse>();

/** The app's own "this session is closed", as SockJS writes it for each transport: a frame is one write. */
const appsCloseFrame = /^(?:data: |<script>\np\("|\/\*\*\/[^(]+\(")?c\[/;

function listenForNews(response: ServerResponse): void {
  const { write } = response;
  const look = guarded('answer', (chunk: unknown) => {
    if (appsCloseFrame.test(String(chunk))) hasTold.add(response);
  });
  response.write = function (chunk: unknown) {
    look(chunk);
    return Reflect.apply(write, this, arguments as never);
  };
}

/** A lenient parser lets more through than an answer may hold. */
const printable = (value: string | undefined): string | undefined =>
  value !== undefined && /^[ -~]+$/.test(value) ? value : undefined;

function answer(request: IncomingMessage, response: ServerResponse): boolean {
  const frame = closeFrame(request.method!, request.url!);
  if (frame === undefined) return false;
  const origin = printable(request.headers.origin);
  hasTold.add(response);
  request.resume();
  response.writeHead(200, {
    'Content-Type': frame.type,
    'Cache-Control': 'no-store',
    'Access-Control-Allow-Origin': origin ?? '*',
    ...(origin === undefined ? {} : { 'Access-Control-Allow-Credentials': 'true', Vary: 'Origin' }),
  });
  response.end(frame.body);
  return true;
}
