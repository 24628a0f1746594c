import { createHmac, randomBytes } from 'node:crypto';
import { epochMs } from '../../common/dates.ts';
import { sameSecret } from './token.ts';

/** How long a browser stays logged in after it was last seen. */
export const sessionMs = 24 * 3_600_000;

/** Of a browser that is logged in. */
export interface LoginSession {
  id: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/**
 * Who is logged in. A session is signed with a key that follows from the token instead of being kept, so a supervisor
 * that takes over knows it, and a new token ends all of them.
 */
export class LoginSessions {
  readonly #key: Buffer;
  /** Sessions that were logged out, until they would have expired. */
  readonly #ended = new Map<string, number>();

  constructor(token: string) {
    this.#key = createHmac('sha256', token).update('radiant admin session').digest();
  }

  /** What the cookie of a new session says. */
  issue(now = epochMs()): string {
    const claim = `${randomBytes(16).toString('base64url')}.${(now + sessionMs).toString(36)}`;
    return `${claim}.${this.#sign(claim)}`;
  }

  read(cookie: string | undefined, now = epochMs()): LoginSession | undefined {
    const [, claim, signature] = /^([\w-]{22}\.[\da-z]{1,12})\.([\w-]{43})$/.exec(cookie ?? '') ?? [];
    if (claim === undefined || !sameSecret(signature!, this.#sign(claim))) return undefined;
    const [id, until] = claim.split('.') as [string, string];
    const expiresAt = Number.parseInt(until, 36);
    return expiresAt > now && !this.#ended.has(id) ? { id, expiresAt } : undefined;
  }

  end(session: LoginSession, now = epochMs()): void {
    for (const [id, expiresAt] of this.#ended) if (expiresAt <= now) this.#ended.delete(id);
    this.#ended.set(session.id, session.expiresAt);
  }

  #sign(claim: string): string {
    return createHmac('sha256', this.#key).update(claim).digest('base64url');
  }
}

/** Half of its time is over: whoever still looks gets a new one. */
export const isOld = (session: LoginSession, now = epochMs()): boolean =>
  session.expiresAt - now < sessionMs / 2;
