import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { addCookie, asksDocument, cookieText, readOwner, startsClient } from '../http/cookie.ts';
import type { Browsers } from '../sessions/browsers.ts';
import type { Vouches } from '../connection/forwarded-for.ts';
import type { Members } from '../membership/members.ts';
import type { RequestAffinity } from './affinity.ts';
import { cookiesOf } from '../http/request-head.ts';

/** Gives new clients what they are recognised by later. */
export class CookieIssuer {
  readonly #cookie: { name: string; path: string };
  readonly #release: string;
  readonly #members: Members;
  readonly #requestAffinity: RequestAffinity;
  readonly #browsers: Browsers;
  readonly #vouches: Vouches;

  constructor(
    cookie: { name: string; path: string },
    release: string,
    members: Members,
    requestAffinity: RequestAffinity,
    browsers: Browsers,
    vouches: Vouches,
  ) {
    this.#cookie = cookie;
    this.#release = release;
    this.#members = members;
    this.#requestAffinity = requestAffinity;
    this.#browsers = browsers;
    this.#vouches = vouches;
  }

  /** Adds a cookie to the answer that starts a client, unless it has one already. */
  issue(request: IncomingMessage, response: ServerResponse): void {
    if (!startsClient(request)) return;
    const given = cookiesOf(request);
    const { name, path } = this.#cookie;
    const known = readOwner(given, name);
    // Who was sent away from here belongs to somebody else from now on.
    const anew = known?.browser !== undefined && this.#browsers.returnsFromAway(known.browser);
    if (!anew && this.#requestAffinity.isOwned(given)) return;
    // SockJS must not make the page of another release look like one of this.
    if (!asksDocument(request) && known !== undefined && known.release !== this.#release) return;
    const owner = anew ? this.#members.leastOther() : this.#members.ownerForNewClient();
    if (owner === undefined) return;
    const browser = known?.browser ?? randomBytes(6).toString('hex');
    const value = `${owner.slot}.${this.#release}.${browser}`;
    addCookie(response, cookieText(request, name, value, path, this.#vouches));
  }
}
