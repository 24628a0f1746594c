import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';

import type { AppServer, Arrivals } from './app-server.ts';
import { connectionOf } from './connection.ts';
import { addCookie, cookieText, startsClient } from './cookie.ts';
import type { Fleet } from './fleet.ts';
import { forwardRequest, forwardUpgrade } from './forward.ts';
import { trimForwardedFor } from './forwarded-for.ts';
import { startReading, stopReading } from './internals.ts';
import type { Moves } from './moves.ts';
import { Newcomers } from './newcomers.ts';
import type { Ownership } from './ownership.ts';
import type { Placement } from './placement.ts';
import { headBytes, headOf, parseHead, rawField } from './request-head.ts';
import { engineIoName, opensEngineIo, sessionOf, type Sessions } from './sessions.ts';
import type { WebSockets } from './websockets.ts';

/** The parts that a router decides with. */
export interface RouterParts {
  fleet: Fleet;
  sessions: Sessions;
  ownership: Ownership;
  placement: Placement;
  moves: Moves;
  websockets: WebSockets;
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

/** Decides for each connection, request and upgrade whether to keep it, move it or forward it. */
export class Router implements Arrivals {
  requests = 0;
  draining = false;
  readonly newcomers = new Newcomers();
  readonly #parts: RouterParts;
  readonly #rules: RouterRules;
  readonly #app: () => AppServer;

  constructor(parts: RouterParts, rules: RouterRules, app: () => AppServer) {
    this.#parts = parts;
    this.#rules = rules;
    this.#app = app;
  }

  /** Behind a proxy a connection carries the requests of many clients: then each is looked at by itself. */
  connection(socket: net.Socket): void {
    const app = this.#app();
    if (!this.#rules.sticky || this.#rules.proxies > 0 || !app.speaksHttp) app.deliver(socket, null);
    else this.newcomers.await(socket, (bytes) => this.#newcomer(socket, bytes));
  }

  closing(): void {
    this.newcomers.handOverAll();
  }

  #newcomer(socket: net.Socket, bytes: Buffer | null): void {
    const stay = (): void => this.#app().deliver(socket, bytes);
    const head = bytes === null ? undefined : parseHead(bytes);
    if (head === undefined || !this.#parts.moves.possible(socket)) {
      stay();
      return;
    }
    const destination = this.#parts.ownership.destination(head);
    const bound = destination.session !== null;
    // A session's request that cannot move is forwarded.
    const lookAgain = (): void => {
      connectionOf(socket).placed = false;
      stay();
    };
    const go = (worker: number): void => {
      if (worker === this.#parts.fleet.self) stay();
      else this.#parts.moves.depart(socket, bytes!, { worker, bound }, bound ? lookAgain : stay);
    };
    if (destination.kind === 'worker') {
      go(destination.worker);
      return;
    }
    if (this.#parts.fleet.alone) {
      stay();
      return;
    }
    stopReading(socket);
    this.#parts.placement.ask(destination.session, destination.owner, (worker) => {
      connectionOf(socket).placed = true;
      startReading(socket);
      go(worker);
    });
  }

  request(event: string, request: IncomingMessage, response: ServerResponse): boolean {
    this.requests += 1;
    const { socket } = request;
    const connection = connectionOf(socket);
    if (connection.origin !== 'sibling') trimForwardedFor(request, this.#rules.proxies);
    connection.latest = request;
    connection.boundary = request.method === 'GET' || request.method === 'HEAD' ? socket.bytesRead : -1;
    if (this.draining) response.shouldKeepAlive = false;
    if (!this.#rules.sticky || request.httpVersionMajor !== 1) return true;
    const here = connection.placed || connection.origin === 'sibling';
    connection.placed = false;
    if (here) {
      this.#keep(request, response);
      return true;
    }
    const destination = this.#parts.ownership.destination(headOf(request, false));
    if (destination.kind === 'worker') return this.#goTo(destination.worker, event, request, response);
    if (this.#parts.fleet.alone) return this.#goTo(this.#parts.fleet.self, event, request, response);
    this.#parts.placement.ask(destination.session, destination.owner, (worker) => {
      if (this.#goTo(worker, event, request, response)) this.#app().serve(event, request, response);
    });
    return false;
  }

  /** True when that is here. */
  #goTo(worker: number, event: string, request: IncomingMessage, response: ServerResponse): boolean {
    const owner = worker === this.#parts.fleet.self ? undefined : this.#parts.fleet.member(worker);
    if (owner === undefined) {
      this.#keep(request, response);
      return true;
    }
    // A client's own connection ends with its last answer: the next one is moved to the owner once and for all.
    const connection = connectionOf(request.socket);
    const ownConnection = this.#rules.proxies === 0 && connection.origin !== 'local';
    const endsConnection = (): boolean => ownConnection && connection.latest === request;
    forwardRequest(owner.siblings, request, response, endsConnection, () => {
      this.#keep(request, response);
      this.#app().serve(event, request, response);
    });
    return false;
  }

  #keep(request: IncomingMessage, response: ServerResponse): void {
    const { fleet, sessions, ownership, announce } = this.#parts;
    const session = sessionOf(request.url!);
    if (session !== undefined && sessions.remember(session, fleet.self)) announce(session);
    if (opensEngineIo(request.url!)) this.#learnEngineIo(response);
    if (!startsClient(request)) return;
    if (ownership.isOwned(rawField(request.rawHeaders, 'cookie'))) return;
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
      this.#parts.websockets.add(socket);
      return true;
    }
    const destination = this.#parts.ownership.destination(headOf(request, true));
    const bound = destination.session !== null;
    const go = (worker: number): boolean => this.#upgradeIn({ worker, bound }, request, socket, head);
    if (destination.kind === 'worker') return go(destination.worker);
    // Who came by the worker's own socket was sent here by a balancer: only a cookie or a session outweighs that.
    const chosen = origin === 'local' && destination.session === null && destination.owner === null;
    if (this.#parts.fleet.alone || chosen) return go(this.#parts.fleet.self);
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
      websockets.add(socket);
      return true;
    }
    const stay = (): void => {
      websockets.add(socket);
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
