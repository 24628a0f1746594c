import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';

import type { AppServer, Arrivals } from './app-server.ts';
import { connectionOf } from './connection.ts';
import { addCookie, asksDocument, cookieText, startsClient } from './cookie.ts';
import type { Fleet } from './fleet.ts';
import { forwardRequest, forwardUpgrade } from './forward.ts';
import { trimForwardedFor } from './forwarded-for.ts';
import { isAnsweredNext, startReading, stopReading } from './internals.ts';
import type { LongPolls } from './long-polls.ts';
import type { Moves } from './moves.ts';
import type { Destination, Ownership } from './ownership.ts';
import type { Placement } from './placement.ts';
import { answerGone, type Releases, type Retarget } from './releases.ts';
import { hasBody, headBytes, headOf, rawField } from './request-head.ts';
import { engineIoName, opensEngineIo, sessionOf, type Sessions } from './sessions.ts';
import type { StaticFiles } from './static-files.ts';
import type { WebSockets } from './websockets.ts';

/** The parts that a router decides with. */
export interface RouterParts {
  fleet: Fleet;
  sessions: Sessions;
  ownership: Ownership;
  placement: Placement;
  moves: Moves;
  websockets: WebSockets;
  polls: LongPolls;
  releases: Releases;
  statics: StaticFiles;
  /** Tells the supervisor that a session lives here. */
  announce: (session: string) => void;
}

export interface RouterRules {
  /** Clients are recognised at all: false for the affinity `none`. */
  sticky: boolean;
  proxies: number;
  cookie: { name: string; path: string };
  release: string;
}

/** A request that belongs elsewhere; `bytes` if its connection can move with it, `bound` if only one worker will do. */
interface Exchange {
  event: string;
  request: IncomingMessage;
  response: ServerResponse;
  bytes: Buffer | undefined;
  bound: boolean;
  /** The client's connection stays here. */
  visits: boolean;
}

/** Decides for each request and upgrade whether to keep it, to move its connection or to forward it. */
export class Router implements Arrivals {
  requests = 0;
  /** Requests that are being answered. */
  active = 0;
  /** Answers with a status of 500 or more. */
  failures = 0;
  readonly #parts: RouterParts;
  readonly #rules: RouterRules;
  readonly #app: () => AppServer;
  readonly #answered: (this: ServerResponse) => void;

  constructor(parts: RouterParts, rules: RouterRules, app: () => AppServer) {
    this.#parts = parts;
    this.#rules = rules;
    this.#app = app;
    // One listener for all requests, that each of them is counted by without a closure of its own.
    const count = (status: number): void => {
      this.active -= 1;
      if (status >= 500) this.failures += 1;
    };
    this.#answered = function () {
      count(this.statusCode);
    };
  }

  request(event: string, request: IncomingMessage, response: ServerResponse): boolean {
    this.requests += 1;
    this.active += 1;
    response.on('close', this.#answered);
    const { releases, statics } = this.#parts;
    const { socket } = request;
    const connection = connectionOf(socket);
    if (connection.origin !== 'sibling') trimForwardedFor(request, this.#rules.proxies);
    const before = connection.boundary;
    connection.latest = request;
    connection.boundary = hasBody(request) ? -1 : socket.bytesRead;
    if (releases.closed) response.shouldKeepAlive = false;
    if (request.httpVersionMajor !== 1) return true;
    const here = connection.placed || connection.origin === 'sibling';
    connection.placed = false;
    const leave = (): void => {
      if (this.#route(event, request, response, before, here)) this.#app().serve(event, request, response);
    };
    const asksApp = connection.origin === 'sibling' || event !== 'request';
    if (!asksApp && statics.serve(request, response, releases.closed, leave)) return false;
    return this.#route(event, request, response, before, here);
  }

  /** True when the app shall answer it; `here`: it was sent here on purpose. */
  #route(
    event: string,
    request: IncomingMessage,
    response: ServerResponse,
    before: number,
    here: boolean,
  ): boolean {
    const { fleet, ownership, placement, releases } = this.#parts;
    const { socket } = request;
    const retarget = here ? undefined : releases.retarget(request);
    if (retarget !== undefined) {
      this.#retarget(retarget, event, request, response, before);
      return false;
    }
    if (!this.#rules.sticky) return true;
    const destination = here ? undefined : ownership.destination(headOf(request, false));
    if (destination === undefined || this.#isHere(destination)) {
      return this.#keep(request, response);
    }
    const bytes = this.#whole(request, response, before);
    const exchange = { event, request, response, bytes, bound: destination.session !== null, visits: false };
    if (destination.kind === 'worker') this.#send(exchange, destination.worker);
    else {
      if (bytes !== undefined) stopReading(socket);
      placement.ask(destination.session, destination.owner, (worker) => {
        if (bytes !== undefined) startReading(socket);
        if (worker === fleet.self) this.#serve(exchange);
        else this.#send(exchange, worker);
      });
    }
    return false;
  }

  /** Another release must answer. */
  #retarget(
    retarget: Retarget,
    event: string,
    request: IncomingMessage,
    response: ServerResponse,
    before: number,
  ): void {
    if (retarget.kind === 'gone') {
      answerGone(request, response);
      return;
    }
    const visits = retarget.kind === 'request';
    const bytes = visits ? undefined : this.#whole(request, response, before);
    this.#send({ event, request, response, bytes, bound: false, visits }, retarget.worker);
  }

  #isHere(destination: Destination): boolean {
    const { fleet } = this.#parts;
    if (destination.kind === 'ask') return fleet.alone;
    return destination.worker === fleet.self || fleet.member(destination.worker) === undefined;
  }

  /**
   * The bytes of a request, if nothing but them was read from a client's own connection since the request before
   * (up to `before`), and that was answered: then the connection can move with them. A connection from a proxy
   * carries the requests of many clients and stays.
   */
  #whole(request: IncomingMessage, response: ServerResponse, before: number): Buffer | undefined {
    const { socket } = request;
    const ownConnection = this.#rules.proxies === 0 && connectionOf(socket).origin !== 'local';
    if (!ownConnection || before < 0 || connectionOf(socket).boundary < 0) return undefined;
    if (!this.#parts.moves.possible(socket) || !isAnsweredNext(socket, response)) return undefined;
    const bytes = headBytes(request);
    return socket.bytesRead - before === bytes.length ? bytes : undefined;
  }

  #serve({ event, request, response }: Exchange): void {
    if (this.#keep(request, response)) this.#app().serve(event, request, response);
  }

  /** Moves the connection if it can, else has the sibling answer this one request. */
  #send(exchange: Exchange, worker: number): void {
    const { request, response, bytes, bound, visits } = exchange;
    const owner = this.#parts.fleet.member(worker);
    if (owner === undefined) {
      this.#serve(exchange);
      return;
    }
    // A client's own connection ends with its last answer: the next one is moved to the owner once and for all.
    const connection = connectionOf(request.socket);
    const ownConnection = this.#rules.proxies === 0 && connection.origin !== 'local';
    const endsConnection = (): boolean => ownConnection && !visits && connection.latest === request;
    const serve = (): void => this.#serve(exchange);
    const forward = (): void => forwardRequest(owner.siblings, request, response, endsConnection, serve);
    if (bytes === undefined) forward();
    else this.#parts.moves.depart(request.socket, bytes, { worker, bound }, bound ? forward : serve);
  }

  /** True when the app shall answer it. */
  #keep(request: IncomingMessage, response: ServerResponse): boolean {
    const { fleet, sessions, polls, announce } = this.#parts;
    const session = sessionOf(request.url!);
    if (session !== undefined) {
      if (sessions.remember(session, fleet.self)) announce(session);
      if (polls.met(session, request, response)) return false;
    }
    if (opensEngineIo(request.url!)) this.#learnEngineIo(response);
    if (startsClient(request)) this.#nameOwner(request, response);
    return true;
  }

  /** For a document that the app does not see. */
  greet(request: IncomingMessage, response: ServerResponse): void {
    if (this.#rules.sticky && startsClient(request)) this.#nameOwner(request, response);
  }

  /** A new client gets its cookie. */
  #nameOwner(request: IncomingMessage, response: ServerResponse): void {
    const { fleet, ownership } = this.#parts;
    const given = rawField(request.rawHeaders, 'cookie');
    if (ownership.isOwned(given) || (!asksDocument(request) && ownership.isForeign(given))) return;
    const owner = fleet.ownerForNewClient();
    if (owner === undefined) return;
    const { cookie, release } = this.#rules;
    addCookie(response, cookieText(request, cookie.name, `${owner.slot}.${release}`, cookie.path));
  }

  /** The client will come back with the session's name, to any worker: the supervisor must know it by then. */
  #learnEngineIo(response: ServerResponse): void {
    for (const method of ['write', 'end'] as const) {
      const original = response[method] as (...args: unknown[]) => never;
      response[method] = (...args: unknown[]) => {
        const [chunk] = args;
        const body = typeof chunk === 'string' || Buffer.isBuffer(chunk) ? chunk.toString() : '';
        const session = engineIoName(body);
        const { sessions, fleet, announce } = this.#parts;
        if (session !== undefined && sessions.remember(session, fleet.self)) announce(session);
        return Reflect.apply(original, response, args);
      };
    }
  }

  upgrade(request: IncomingMessage, socket: net.Socket, head: Buffer): boolean {
    const { origin, placed } = connectionOf(socket);
    if (origin !== 'sibling') trimForwardedFor(request, this.#rules.proxies);
    const websocket = request.headers.upgrade?.toLowerCase() === 'websocket';
    if (placed || origin === 'sibling' || !websocket || request.httpVersionMajor !== 1) {
      this.#parts.websockets.add(socket, request.url!);
      return true;
    }
    const destination = this.#parts.ownership.destination(headOf(request, true));
    const bound = destination.session !== null;
    const go = (worker: number): boolean => this.#upgradeIn({ worker, bound }, request, socket, head);
    if (destination.kind === 'worker') return go(destination.worker);
    // Who came by the worker's own socket was sent here by a balancer: only a cookie or a session outweighs that.
    const chosen = origin === 'local' && destination.session === null && destination.owner === null;
    if ((this.#parts.fleet.alone || chosen) && !this.#parts.releases.retired)
      return go(this.#parts.fleet.self);
    socket.on('error', ignore);
    stopReading(socket);
    this.#parts.placement.ask(destination.session, destination.owner, (worker) => {
      socket.removeListener('error', ignore);
      startReading(socket);
      if (go(worker)) this.#app().serve('upgrade', request, socket, head);
    });
    return false;
  }

  /** True when that is here. */
  #upgradeIn(
    target: { worker: number; bound: boolean },
    request: IncomingMessage,
    socket: net.Socket,
    head: Buffer,
  ): boolean {
    const { fleet, moves, websockets } = this.#parts;
    const owner = target.worker === fleet.self ? undefined : fleet.member(target.worker);
    if (owner === undefined) {
      websockets.add(socket, request.url!);
      return true;
    }
    const stay = (): void => {
      websockets.add(socket, request.url!);
      this.#app().serve('upgrade', request, socket, head);
    };
    const forward = (): void => forwardUpgrade(owner.siblings, request, socket, head, stay);
    const bytes = (): Buffer => Buffer.concat([headBytes(request), head]);
    if (moves.possible(socket)) moves.depart(socket, bytes(), target, target.bound ? forward : stay);
    else forward();
    return false;
  }
}

/** While a socket waits for its place nobody else listens for its errors. */
function ignore(): void {}
