import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Browsers } from '../sessions/browsers.ts';
import { connectionOf } from '../connection/connection.ts';
import { hearHandshake, hearOpening } from '../sessions/opened-sessions.ts';
import type { ReleasePinning } from './release-pinning.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { SupervisorLink } from '../link/supervisor-link.ts';

export interface NewSessionsParts {
  sessions: Sessions;
  browsers: Browsers;
  pinning: ReleasePinning;
  link: SupervisorLink;
}

/** Sessions that come from other workers: a request of our own opens them here, and they live here only later. */
export interface ArrivingSessions {
  expect(session: string): void;
  arrived(session: string): void;
  stayed(session: string): void;
}

/** Long-poll sessions before they are any: anybody can ask for any name, and only the app says which of them it has opened. */
export class NewSessions implements ArrivingSessions {
  readonly #parts: NewSessionsParts;
  /** The request that each has been opened by, if it has come. */
  readonly #arriving = new Map<string, IncomingMessage | undefined>();

  constructor(parts: NewSessionsParts) {
    this.#parts = parts;
  }

  /** A request of a session is answered here: if that opens it, it lives here from now on. */
  met(session: string, request: IncomingMessage, response: ServerResponse): void {
    const { pinning, sessions } = this.#parts;
    const connection = connectionOf(request.socket);
    connection.browser = pinning.browser(request);
    // Where no peer forwards it, it is the worker itself that asks: for a session that may stay where it is.
    if (connection.origin === 'peer' && connection.via === undefined) {
      if (this.#arriving.has(session)) this.#arriving.set(session, request);
    } else if (!sessions.used(session)) hearOpening(request, response, () => this.#opened(session, request));
  }

  expect(session: string): void {
    this.#arriving.set(session, undefined);
  }

  arrived(session: string): void {
    const request = this.#arriving.get(session);
    this.#arriving.delete(session);
    if (request !== undefined) this.#opened(session, request);
  }

  stayed(session: string): void {
    this.#arriving.delete(session);
  }

  /** The same for a request that names no session: Engine.IO's app does. */
  metHandshake(request: IncomingMessage, response: ServerResponse): void {
    hearHandshake(request, response, (name) => this.#opened(name, request));
  }

  #opened(session: string, request: IncomingMessage): void {
    const { browsers, link, pinning, sessions } = this.#parts;
    sessions.opened(session);
    const browser = pinning.browser(request);
    if (browser !== undefined) browsers.began(browser, session);
    // Ahead of the answer: the client's next request may come to any worker.
    link.send({ type: 'session', session });
  }
}
