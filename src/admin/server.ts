import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { http } from '../common/builtins.ts';
import type { Config } from '../config/types.ts';
import { readBody, sendError, sendJson, sendMetrics, type Scraped } from '../control/exchange.ts';
import { metricsPath } from '../control/operations.ts';
import { epochMs } from '../common/dates.ts';
import { RadiantError } from '../common/errors.ts';
import { dashboardFolder } from '../installation.ts';
import type { RunFolder } from '../disk/run-folder.ts';
import type { Fleet } from '../running/operations.ts';
import { presentName } from '../control/former-names.ts';
import { actionsOf, type Actions } from './actions.ts';
import { Assets } from './pages/assets.ts';
import { Gate, type Attempt, type ClientOf } from './access/gate.ts';
import {
  fromElsewhere,
  fromOurPage,
  hasType,
  isLoopback,
  namesLoopback,
  securityHeaders,
} from './access/guards.ts';
import { Live } from './live/live.ts';
import { loginPage } from './pages/login.ts';
import { page } from './pages/page.ts';
import { isOld, sessionMs, type LoginSession } from './access/sessions.ts';
import { adminToken } from './access/token.ts';

type Handle = Parameters<Server['listen']>[0];

const maxConnections = 500;

/** The page for operators. */
export interface AdminServer {
  close(): void;
}

/**
 * Serves the page on sockets that are bound already. It keeps what the page shows from now on, so it should be called
 * before the first worker starts. Errors: STATE, when the token can be neither read nor kept.
 */
export async function serveAdmin(
  fleet: Fleet,
  metrics: Scraped,
  config: Pick<Config, 'name' | 'admin' | 'keepReleases'>,
  run: RunFolder,
  handles: readonly Handle[],
  clientOf: ClientOf,
): Promise<AdminServer> {
  const token = await adminToken(config.admin?.token, run.adminToken);
  const actions = actionsOf(fleet, run, config.keepReleases);
  const live = await Live.begin(fleet, run, actions.names);
  const loopback = config.admin?.listen.every(({ host }) => isLoopback(host)) === true;
  const requests = new PageRequests({
    name: config.name,
    gate: new Gate(config.name, token, clientOf),
    assets: new Assets(dashboardFolder),
    live,
    metrics,
    actions,
    loopback,
  });
  const servers = handles.map((handle) => {
    const server = http.createServer((request, response) => requests.answer(request, response));
    server.maxConnections = maxConnections;
    server.on('error', (error) => console.error(`admin: ${error.message}`));
    return server.listen(handle);
  });
  return {
    close: () => {
      live.close();
      for (const server of servers) server.close().closeAllConnections();
    },
  };
}

interface Parts {
  name: string;
  gate: Gate;
  assets: Assets;
  live: Live;
  metrics: Scraped;
  actions: Actions;
  /** Only this machine can connect. */
  loopback: boolean;
}

type Route = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Takes each request to what answers it: without a session only to the login. */
class PageRequests {
  readonly #parts: Parts;
  readonly #open: Readonly<Record<string, Route>>;
  readonly #private: Readonly<Record<string, (session: LoginSession) => Route>>;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#open = {
      'GET /login': (_request, response) => this.#sendLogin(response, 200),
      [`GET ${metricsPath}`]: (request, response) => this.#scrape(request, response),
      'POST /login': (request, response) => this.#logIn(request, response),
      'POST /logout': (request, response) => this.#logOut(request, response),
    };
    this.#private = {
      'GET /': () => (_request, response) => sendHtml(response, 200, page(parts.name)),
      'GET /live': (session) => (request, response) => this.#stream(session, request, response),
    };
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value!);
    Promise.resolve(this.#route(request, response)).catch((error: unknown) => sendError(response, error));
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const { method = 'GET', url = '/' } = request;
    const path = url.split('?')[0]!;
    const name = `${method === 'HEAD' ? 'GET' : method} ${path}`;
    const { assets, gate, loopback } = this.#parts;
    if (loopback && !namesLoopback(request)) return sendText(response, 421, misdirected);
    if (name.startsWith('POST ') && !fromOurPage(request)) return sendText(response, 403, foreign);
    if (name.startsWith('GET ') && assets.has(path)) return assets.send(path, request, response);
    if (Object.hasOwn(this.#open, name)) return this.#open[name]!(request, response);
    const session = gate.session(request);
    if (session === undefined) return this.#refuse(name, response);
    if (Object.hasOwn(this.#private, name)) return this.#private[name]!(session)(request, response);
    if (name.startsWith('POST /actions/'))
      return this.#act(presentName(path.slice('/actions/'.length)), request, response);
    return sendText(response, 404, 'There is nothing here.');
  }

  #refuse(name: string, response: ServerResponse): void {
    if (name === 'GET /') response.writeHead(303, { location: '/login' }).end();
    else sendText(response, 401, 'Log in first.');
  }

  #sendLogin(response: ServerResponse, status: number, problem?: string): void {
    sendHtml(response, status, loginPage(problem));
  }

  async #logIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!hasType(request, 'application/x-www-form-urlencoded'))
      return sendText(response, 415, 'Send a form.');
    const attempt = await this.#parts.gate.form(request);
    if (attempt.ok) {
      this.#parts.gate.letIn(request, response);
      response.writeHead(303, { location: '/' }).end();
    } else if (attempt.waitMs > 0) {
      const seconds = retryLater(response, attempt);
      this.#sendLogin(response, 429, `Too many wrong tokens. Try again in ${seconds} s.`);
    } else this.#sendLogin(response, 401, 'That is not the token.');
  }

  /** For Prometheus, with the token; and for a browser that is logged in. */
  async #scrape(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { gate, metrics } = this.#parts;
    const attempt: Attempt = gate.session(request) === undefined ? gate.bearer(request) : { ok: true };
    if (attempt.ok) return sendMetrics(response, metrics);
    response.setHeader('www-authenticate', 'Bearer');
    if (attempt.waitMs > 0) retryLater(response, attempt);
    return sendText(response, attempt.waitMs > 0 ? 429 : 401, 'Send `Authorization: Bearer TOKEN`.');
  }

  #logOut(request: IncomingMessage, response: ServerResponse): void {
    this.#parts.gate.letOut(request, response);
    response.writeHead(303, { location: '/login' }).end();
  }

  /** A page that stays open stays logged in: its stream ends in time to begin again with a new session. */
  #stream(session: LoginSession, request: IncomingMessage, response: ServerResponse): unknown {
    const { live, gate } = this.#parts;
    if (fromElsewhere(request)) return sendText(response, 403, foreign);
    if (live.full) return sendText(response, 503, 'Too many pages are open.');
    const renewed = isOld(session);
    if (renewed) gate.letIn(request, response);
    const leftMs = renewed ? sessionMs : session.expiresAt - epochMs();
    return live.attach(response, leftMs - sessionMs / 2 + 1);
  }

  async #act(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!hasType(request, 'application/json')) return sendText(response, 415, 'Send JSON.');
    if (!this.#parts.actions.names.includes(name))
      throw new RadiantError('USAGE', `the page knows no action "${name}"`);
    sendJson(response, 200, await this.#parts.actions.run(name, await readBody(request)));
  }
}

const misdirected =
  'This page answers to localhost and 127.0.0.1 only. A proxy in front of it must send one of these as Host.';
const foreign = 'This does not come from the page itself.';

function retryLater(response: ServerResponse, { waitMs }: Extract<Attempt, { ok: false }>): number {
  const seconds = Math.ceil(waitMs / 1000);
  response.setHeader('retry-after', seconds);
  return seconds;
}

function sendHtml(response: ServerResponse, status: number, html: string): void {
  const content = Buffer.from(html);
  const head = { 'content-type': 'text/html; charset=utf-8', 'content-length': content.length };
  response.writeHead(status, head).end(content);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
