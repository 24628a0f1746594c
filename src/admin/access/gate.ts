import type { IncomingMessage, ServerResponse } from 'node:http';
import { readText } from '../../control/exchange.ts';
import { LoginSessions, type LoginSession } from './sessions.ts';
import { Throttle } from './throttle.ts';
import { sameSecret } from './token.ts';

/** What came of a token that somebody showed. */
export type Attempt = { ok: true } | { ok: false; waitMs: number };

/** The address of whoever sends a request: behind a proxy that is trusted, the client's. */
export type ClientOf = (request: IncomingMessage) => string;

/** What a cookie says that nobody has: to look at it takes as long as at any other. */
const nobody = `${'-'.repeat(22)}.0.${'-'.repeat(43)}`;

/** Who may see the page: whoever has the token, or the cookie that it was changed for. */
export class Gate {
  readonly #token: string;
  readonly #cookie: string;
  readonly #sessions: LoginSessions;
  readonly #throttle = new Throttle();

  readonly #clientOf: ClientOf;

  /** @param name The app's: cookies ignore ports, so two apps of one host need cookies with different names. */
  constructor(name: string, token: string, clientOf: ClientOf) {
    this.#clientOf = clientOf;
    this.#token = token;
    this.#cookie = `radiant-admin-${name}`;
    this.#sessions = new LoginSessions(token);
  }

  session(request: IncomingMessage): LoginSession | undefined {
    const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
    const prefix = `${this.#cookie}=`;
    const values = pairs.filter((pair) => pair.startsWith(prefix)).map((pair) => pair.slice(prefix.length));
    // Whether a cookie has the right name is not to be told by the time that it takes: it says the app's name.
    const asked = values.length > 0 ? values : [nobody];
    return asked.map((value) => this.#sessions.read(value)).find((session) => session !== undefined);
  }

  /** `Authorization: Bearer TOKEN`, for programs. */
  bearer(request: IncomingMessage): Attempt {
    const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    // Who shows nothing guesses nothing.
    return token === undefined ? { ok: false, waitMs: 0 } : this.#try(request, token);
  }

  /** The form of the login page. Errors: USAGE when it is far too long. */
  async form(request: IncomingMessage): Promise<Attempt> {
    return this.#try(request, new URLSearchParams(await readText(request)).get('token')?.trim() ?? '');
  }

  #try(request: IncomingMessage, token: string): Attempt {
    const address = this.#clientOf(request);
    const waitMs = this.#throttle.waitMs(address);
    if (waitMs > 0) return { ok: false, waitMs };
    if (!sameSecret(token, this.#token)) {
      this.#throttle.failed(address);
      console.error(`admin: a wrong token came from ${address}`);
      return { ok: false, waitMs: 0 };
    }
    this.#throttle.succeeded(address);
    return { ok: true };
  }

  /** Sets the cookie of a new session; it goes over https only if the page came by that. */
  letIn(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('set-cookie', this.#setCookie(request, this.#sessions.issue()));
  }

  letOut(request: IncomingMessage, response: ServerResponse): void {
    const session = this.session(request);
    if (session === undefined) return; // the cookie's name says the app's
    this.#sessions.end(session);
    response.setHeader('set-cookie', `${this.#setCookie(request, '')}; Max-Age=0`);
  }

  #setCookie({ headers }: IncomingMessage, value: string): string {
    const secure = headers.origin?.startsWith('https:') === true ? '; Secure' : '';
    return `${this.#cookie}=${value}; Path=/; HttpOnly; SameSite=Strict${secure}`;
  }
}
