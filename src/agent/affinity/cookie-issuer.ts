import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { addCookie, asksDocument, cookieText, readOwner, startsClient } from '../http/cookie.ts';
import type { Browsers } from '../sessions/browsers.ts';
import type { Vouches } from '../connection/forwarded-for.ts';
import type { Fleet } from '../membership/members.ts';
import type { Ownership } from './affinity.ts';
import { cookiesOf } from '../http/request-head.ts';

/** Gives new clients what they are recognised by later. */
export class Newcomers {
  readonly #cookie: { name: string; path: string };
  readonly #release: string;
  readonly #fleet: Fleet;
  readonly #ownership: Ownership;
  readonly #browsers: Browsers;
  readonly #vouches: Vouches;

  constructor(
    cookie: { name: string; path: string },
    release: string,
    fleet: Fleet,
    ownership: Ownership,
    browsers: Browsers,
    vouches: Vouches,
  ) {
    this.#cookie = cookie;
    this.#release = release;
    this.#fleet = fleet;
    this.#ownership = ownership;
    this.#browsers = browsers;
    this.#vouches = vouches;
  }

  /** Adds a cookie to the answer that starts a client, unless it has one already. */
  greet(request: IncomingMessage, response: ServerResponse): void {
    if (!startsClient(request)) return;
    const given = cookiesOf(request);
    const { name, path } = this.#cookie;
    const known = readOwner(given, name);
    // Who was sent away from here belongs to somebody else from now on.
    const anew = known?.browser !== undefined && this.#browsers.returnsFromAway(known.browser);
    if (!anew && this.#ownership.isOwned(given)) return;
    // SockJS must not make the page of another release look like one of this.
    if (!asksDocument(request) && known !== undefined && known.release !== this.#release) return;
    const owner = anew ? this.#fleet.leastOther() : this.#fleet.ownerForNewClient();
    if (owner === undefined) return;
    const browser = known?.browser ?? randomBytes(6).toString('hex');
    const value = `${owner.slot}.${this.#release}.${browser}`;
    addCookie(response, cookieText(request, name, value, path, this.#vouches));
  }
}
