import type { Affinity } from '../../config/types.ts';
import { readOwner } from '../http/cookie.ts';
import type { Members } from '../membership/members.ts';
import type { RequestHead } from '../http/request-head.ts';
import { opensEngineIo, sessionOf, type Sessions } from '../sessions/sessions.ts';

/** Where a request belongs: in a worker that is known, or where the supervisor says. */
export type Destination =
  | { kind: 'worker'; worker: number; session: string | null }
  | { kind: 'ask'; session: string | null; owner: number | null };

export class RequestAffinity {
  readonly #affinity: Affinity;
  readonly #cookie: { name: string; release: string };
  readonly #members: Members;
  readonly #sessions: Sessions;

  constructor(
    affinity: Affinity,
    cookie: { name: string; release: string },
    members: Members,
    sessions: Sessions,
  ) {
    this.#affinity = affinity;
    this.#cookie = cookie;
    this.#members = members;
    this.#sessions = sessions;
  }

  /** An owner that is gone is never an error: then the request belongs to whoever has it. */
  destination(head: RequestHead): Destination {
    const self = this.#members.self;
    if (this.#affinity === 'none') {
      return head.websocket
        ? { kind: 'ask', session: null, owner: null }
        : { kind: 'worker', worker: self, session: null };
    }
    const session = sessionOf(head.url);
    if (session !== undefined) {
      const owner = this.#sessions.owner(session);
      // Who is to end gives its sessions away.
      if (owner !== undefined && (owner === self || this.#members.member(owner)?.open))
        return { kind: 'worker', worker: owner, session };
      return { kind: 'ask', session, owner: this.#cookieOwner(head.cookie) ?? null };
    }
    if (head.websocket) return { kind: 'ask', session: null, owner: this.#cookieOwner(head.cookie) ?? null };
    if (this.#members.alone) return { kind: 'worker', worker: self, session: null };
    // Also the request that opens an Engine.IO session: the kernel would give most of them to one worker.
    if (opensEngineIo(head.url))
      return { kind: 'ask', session: null, owner: this.#cookieOwner(head.cookie) ?? null };
    const owner = this.#affinity === 'client' ? this.#cookieOwner(head.cookie) : undefined;
    return { kind: 'worker', worker: owner ?? self, session: null };
  }

  /** The client's cookie names a worker that lives. */
  isOwned(cookie: string | undefined): boolean {
    return this.#cookieOwner(cookie) !== undefined;
  }

  #cookieOwner(cookie: string | undefined): number | undefined {
    const owner = readOwner(cookie, this.#cookie.name);
    return owner?.release === this.#cookie.release
      ? this.#members.inSlot(owner.slot, owner.release)?.worker
      : undefined;
  }
}
