import type { IncomingMessage, ServerResponse } from 'node:http';

import { readOwner, startsClient, type Owner } from '../http/cookie.ts';
import type { Members } from '../membership/members.ts';
import { cookiesOf } from '../http/request-head.ts';
import { opensEngineIo, sessionOf } from '../sessions/sessions.ts';
import { readlinkSync } from '../runtime/originals.ts';

/** What only the code of a page's own release can answer. The client stores what it gets under its own hashes. */
const dynamicImport = '/__meteor__/dynamic-import/fetch';
const manifests = ['browser', 'browser.legacy', 'cordova'].map((arch) => `/__${arch}/manifest.json`);

const pathOf = (url: string): string => {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
};

/** Where a request goes because of its release. */
export type Retarget =
  /** All that its client sends goes there from now on. */
  | { kind: 'client'; worker: number }
  /** Only this request does. */
  | { kind: 'request'; worker: number }
  /** The last page of its browser is of this release; `others` know whether older pages of it are still open. */
  | { kind: 'doubt'; browser: string; others: string[] }
  /** Nobody has the code that it asks for any more. */
  | { kind: 'gone' };

export interface ReleaseRules {
  /** This worker's. */
  release: string;
  /** The link that names the release which new visitors get. */
  currentLink: string;
  cookieName: string;
  /** The path of ROOT_URL, where the app is one of Meteor's: no other app has a page that asks its own release. */
  meteorAt: string | null;
}

type PinnedMembers = Pick<Members, 'inSlot' | 'leavingSlot' | 'ofRelease' | 'othersThan' | 'self'>;

/** Knows which release must answer a request: not always the one of the worker that got it. */
export class ReleasePinning {
  /** This worker takes no new clients. */
  closed = false;
  readonly #rules: ReleaseRules;
  readonly #imports: string | undefined;
  readonly #manifests: ReadonlySet<string>;
  readonly #members: PinnedMembers;

  constructor(rules: ReleaseRules, members: PinnedMembers) {
    this.#rules = rules;
    const prefix = rules.meteorAt?.replace(/\/+$/, '');
    this.#imports = prefix === undefined ? undefined : prefix + dynamicImport;
    this.#manifests = new Set(prefix === undefined ? [] : manifests.map((path) => prefix + path));
    this.#members = members;
  }

  /**
   * Read anew each time: a worker that hung through a switch must not hand out the old page when it wakes up, and
   * it wakes up with requests before it has read what its supervisor told it.
   */
  get #current(): string {
    try {
      const target = readlinkSync(this.#rules.currentLink);
      return target.slice(target.lastIndexOf('/') + 1);
    } catch {
      return this.#rules.release;
    }
  }

  /** Its release does not serve new visitors. */
  get retired(): boolean {
    return this.closed || this.#current !== this.#rules.release;
  }

  /** undefined: any worker of this release may answer. */
  retarget(request: IncomingMessage): Retarget | undefined {
    const path = pathOf(request.url!);
    const imports = path === this.#imports;
    if (imports || this.#manifests.has(path)) {
      const elsewhere = this.#ofItsRelease(request, imports);
      if (elsewhere !== 'no other') return elsewhere;
    } else if (!this.closed && !startsClient(request)) return undefined;
    if (!this.retired || sessionOf(request.url!) !== undefined || opensEngineIo(request.url!))
      return undefined;
    return this.#toCurrent(request);
  }

  /** For what belongs to the release of the page that asks, as far as the cookie tells. */
  #ofItsRelease(request: IncomingMessage, imports: boolean): Retarget | 'no other' | undefined {
    const { release: asked, browser } = this.#owner(request) ?? {};
    if (asked === undefined) return 'no other';
    if (asked === this.#rules.release) {
      const others = imports && browser !== undefined ? this.#members.othersThan(asked) : [];
      if (others.length === 0) return undefined;
      return { kind: 'doubt', browser: browser!, others: others.map(({ siblings }) => siblings) };
    }
    const member = this.#members.ofRelease(asked);
    if (member !== undefined) return { kind: 'request', worker: member.worker };
    // A manifest tells what is new; foreign code would be stored for good.
    return imports && asked !== this.#current ? { kind: 'gone' } : 'no other';
  }

  #toCurrent(request: IncomingMessage): Retarget | undefined {
    const current = this.#current;
    const owner = this.#owner(request);
    const own = owner?.release === current ? this.#members.inSlot(owner.slot, current) : undefined;
    const member = own ?? this.#members.ofRelease(current);
    if (member === undefined || member.worker === this.#members.self) return undefined;
    return { kind: 'client', worker: member.worker };
  }

  /** Where a browser's session may still wait for it, when that worker takes no new clients any more. */
  former(request: IncomingMessage): { worker: number; siblings: string; browser: string } | undefined {
    const { slot, release, browser } = this.#owner(request) ?? {};
    if (slot === undefined || browser === undefined) return undefined;
    const member = this.#members.leavingSlot(slot, release!);
    if (member === undefined || member.worker === this.#members.self) return undefined;
    return { worker: member.worker, siblings: member.siblings, browser };
  }

  /** The id of the browser that a request comes from. */
  browser(request: IncomingMessage): string | undefined {
    return this.#owner(request)?.browser;
  }

  #owner(request: IncomingMessage): Owner | undefined {
    return readOwner(cookiesOf(request), this.#rules.cookieName);
  }
}

/** An error, which no client stores; the version that its DDP session tells makes the page reload. */
export function answerGone(request: IncomingMessage, response: ServerResponse): void {
  const body = JSON.stringify({
    error: 'this code belongs to a release that has been replaced; reload the page',
  });
  request.resume();
  response.writeHead(410, {
    'Content-Type': 'application/json; charset=UTF-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'Access-Control-Allow-Origin': '*',
  });
  response.end(body);
}
