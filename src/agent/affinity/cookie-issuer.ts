import type { IncomingMessage, ServerResponse } from 'node:http';

import { sha256 } from '../../protocol/sha256.ts';
import { addCookie, asksDocument, cookieText, readOwner, startsClient } from '../http/cookie.ts';
import type { Browsers } from '../sessions/browsers.ts';
import type { Vouches } from '../connection/forwarded-for.ts';
import type { Members } from '../membership/members.ts';
import type { RequestAffinity } from './affinity.ts';
import { cookiesOf } from '../http/request-head.ts';

/** Enough that no two browsers are called the same. */
const browserDigits = 12;

/** Gives new clients what they are recognised by later. */
export class CookieIssuer {
  readonly #cookie: { name: string; path: string };
  readonly #release: string;
  readonly #secret: string;
  readonly #members: Members;
  readonly #requestAffinity: RequestAffinity;
  readonly #browsers: Browsers;
  readonly #vouches: Vouches;
  #browsersNamed = 0;

  /** `secret`: this worker's alone; without it nobody can tell what the browsers are called. */
  constructor(
    cookie: { name: string; path: string },
    release: string,
    secret: string,
    members: Members,
    requestAffinity: RequestAffinity,
    browsers: Browsers,
    vouches: Vouches,
  ) {
    this.#cookie = cookie;
    this.#release = release;
    this.#secret = secret;
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
    const browser = known?.browser ?? this.#newBrowser();
    const value = `${owner.slot}.${this.#release}.${browser}`;
    addCookie(response, cookieText(request, name, value, path, this.#vouches));
  }

  #newBrowser(): string {
    this.#browsersNamed += 1;
    return sha256(`${this.#secret} ${this.#browsersNamed}`).slice(0, browserDigits);
  }
}
