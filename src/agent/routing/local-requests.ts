import type { IncomingMessage, ServerResponse } from 'node:http';

import type { CookieIssuer } from '../affinity/cookie-issuer.ts';
import type { NewSessions } from '../affinity/new-sessions.ts';
import type { Members } from '../membership/members.ts';
import type { Maintenance } from '../replies/maintenance.ts';
import type { LongPolls } from '../sessions/long-polls.ts';
import { sessionOf, type Sessions } from '../sessions/sessions.ts';
import type { RequestGate } from './request-gate.ts';

export interface LocalRequestsParts {
  cookieIssuer: CookieIssuer;
  gate: RequestGate;
  maintenance: Maintenance;
  members: Members;
  newSessions: NewSessions;
  polls: LongPolls;
  sessions: Sessions;
  /** Tells the supervisor that a session which lived here, or was to, does not. */
  renounce: (session: string) => void;
}

/** Takes note of the requests that this worker serves, of whichever sessions they are. */
export class LocalRequests {
  readonly #parts: LocalRequestsParts;

  constructor(parts: LocalRequestsParts) {
    this.#parts = parts;
  }

  /** True when the app shall answer it. */
  keep(request: IncomingMessage, response: ServerResponse): boolean {
    const { members, sessions, polls, cookieIssuer, gate, newSessions } = this.#parts;
    const session = sessionOf(request.url!);
    if (session !== undefined) {
      if (this.refusesSession(session, sessions.owner(session) !== members.self)) {
        gate.refuse(request, response);
        return false;
      }
      newSessions.met(session, request, response);
      if (polls.met(session, request, response)) return false;
    }
    newSessions.metHandshake(request, response);
    cookieIssuer.issue(request, response);
    return true;
  }

  /** Only sessions that are open go on during maintenance. */
  refusesSession(session: string, isNew: boolean): boolean {
    const { maintenance, renounce } = this.#parts;
    if (!maintenance.on || !isNew) return false;
    renounce(session);
    return true;
  }
}
