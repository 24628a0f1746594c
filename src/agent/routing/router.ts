import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';

import type { AppServer } from '../listener/app-server.ts';
import { limitBody } from '../limits/body-limit.ts';
import { clientAddress } from '../connection/client-address.ts';
import { clientPrefix } from '../connection/client-prefix.ts';
import { connectionOf } from '../connection/connection.ts';
import type { Acquaintance } from '../sessions/browsers.ts';
import { resumable } from '../runtime/async-context.ts';
import { VirtualSocket } from '../carrier/virtual-socket.ts';
import { trimForwardedFor } from '../connection/forwarded-for.ts';
import { suspendIdleTimeout } from '../connection/idle-timeout.ts';
import { isAnsweredNext, isReadUpTo, startReading, stopReading } from '../runtime/internals.ts';
import type { Destination } from '../affinity/affinity.ts';
import { answerGone, type Retarget } from '../affinity/release-pinning.ts';
import { hasBody, headBytes, headOf } from '../http/request-head.ts';
import { addField } from '../http/response-head.ts';
import { sessionOf } from '../sessions/sessions.ts';
import type { RouterRules } from './router-rules.ts';
import { askPeer, livesIn, type PeerQuestion } from '../membership/peers.ts';
import { hearOnce } from '../runtime/sockets.ts';
import { settle } from '../runtime/promises.ts';
import type { Arrivals } from '../listener/server-taps.ts';
import { Upgrades } from './upgrades.ts';
import type { RouterParts } from './router-parts.ts';

/** A request that belongs elsewhere; `bytes` if its connection can move with it, `bound` if only one worker will do. */
interface Exchange {
  event: string;
  request: IncomingMessage;
  response: ServerResponse;
  bytes: Buffer | undefined;
  bound: boolean;
  /** It is served here, or has been answered: the idle timeout counts again. */
  restoreTimeout: () => void;
}

/** Decides for each request and upgrade whether to keep it, to move its connection or to forward it. */
export class Router implements Arrivals {
  readonly #parts: RouterParts;
  readonly #rules: RouterRules;
  readonly #app: () => AppServer;
  readonly #upgrades: Upgrades;

  constructor(parts: RouterParts, rules: RouterRules, app: () => AppServer) {
    this.#parts = parts;
    this.#rules = rules;
    this.#app = app;
    this.#upgrades = new Upgrades(parts, rules.forwarded, app);
  }

  request(event: string, request: IncomingMessage, response: ServerResponse): boolean {
    const { limits, maintenance, pinning, statics, meter, challenges } = this.#parts;
    const { socket } = request;
    if (socket instanceof VirtualSocket) socket.requestBegan(response);
    if (challenges.answer(request, response)) return false;
    const connection = connectionOf(socket);
    meter.began(response, connection);
    const { hsts } = this.#rules;
    if (connection.origin !== 'peer') trimForwardedFor(request, this.#rules.forwarded);
    // Not in the answer to the agent's own question, which others may get.
    const asked = connection.origin === 'peer' && connection.via === undefined;
    if (hsts !== null && 'encrypted' in socket && !asked)
      addField(response, 'Strict-Transport-Security', `max-age=${hsts}`);
    const before = connection.boundary;
    connection.latest = request;
    connection.boundary = hasBody(request) ? -1 : socket.bytesRead;
    if (pinning.closed && connection.origin !== 'peer') response.shouldKeepAlive = false;
    if (request.httpVersionMajor !== 1) return true;
    if (limits !== undefined && limits.refuses(request, response)) return false;
    if (connection.origin !== 'peer' && maintenance.refuses(request.url!)) {
      this.#refuse(request, response);
      return false;
    }
    if (this.#rules.maxBody !== null && connection.origin !== 'peer' && this.#tooLarge(request, response))
      return false;
    const here = connection.placed || connection.origin === 'peer';
    connection.placed = false;
    const leave = (): void => {
      meter.becomes(response, 'kept');
      if (this.#route(event, request, response, before, here)) this.#app().serve(event, request, response);
    };
    const asksApp = connection.origin === 'peer' || event !== 'request';
    if (asksApp) statics.observe(request, response);
    if (!asksApp && statics.serve(request, response, pinning.closed, leave)) {
      meter.becomes(response, 'static');
      return false;
    }
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
    const { members, requestAffinity, placementClient, pinning } = this.#parts;
    const { socket } = request;
    const retarget = here ? undefined : pinning.retarget(request);
    if (retarget !== undefined) {
      this.#retarget(retarget, event, request, response, before);
      return false;
    }
    if (!this.#rules.sticky) return true;
    const destination = here ? undefined : requestAffinity.destination(headOf(request, false));
    if (destination === undefined || this.#isHere(destination)) {
      return this.#keep(request, response);
    }
    const bytes = this.#whole(request, response, before);
    const bound = destination.session !== null;
    const restoreTimeout = suspendIdleTimeout(socket);
    const exchange = { event, request, response, bytes, bound, restoreTimeout };
    if (destination.kind === 'worker') this.#send(exchange, destination.worker);
    else {
      if (bytes !== undefined) stopReading(socket);
      const placed = resumable(socket, (worker: number) => {
        if (bytes !== undefined) startReading(socket);
        const { session } = destination;
        if (worker !== members.self) this.#send(exchange, worker);
        else if (session !== null && this.#refusesSession(session, true)) this.#refuse(request, response);
        else this.#serve(exchange);
      });
      const address = clientAddress(request, !this.#rules.ownConnections);
      placementClient.ask({ ...destination, address: address && clientPrefix(address) }, placed);
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
    if (retarget.kind === 'doubt') {
      const { browser, others } = retarget;
      const decide = resumable(request.socket, (known: (Acquaintance | undefined)[]) => {
        // A peer that does not answer may hold the page that asks.
        if (known.some((about) => about?.lives ?? true)) answerGone(request, response);
        else if (this.#route(event, request, response, before, true))
          this.#app().serve(event, request, response);
      });
      settle(Promise.all(others.map((path) => askPeer(path, { browser }))), decide);
      return;
    }
    // Only the request goes there: the client's connection belongs here.
    const bytes = retarget.kind === 'request' ? undefined : this.#whole(request, response, before);
    const restoreTimeout = suspendIdleTimeout(request.socket);
    this.#send({ event, request, response, bytes, bound: false, restoreTimeout }, retarget.worker);
  }

  #isHere(destination: Destination): boolean {
    const { members } = this.#parts;
    if (destination.kind === 'ask') return members.alone;
    return destination.worker === members.self || members.member(destination.worker) === undefined;
  }

  /**
   * The bytes of a request, if nothing but them was read from a client's own connection since the request before
   * (up to `before`), and that was answered: then the connection can move with them. A connection from a proxy
   * carries the requests of many clients and stays.
   */
  #whole(request: IncomingMessage, response: ServerResponse, before: number): Buffer | undefined {
    const { socket } = request;
    const ownConnection = this.#rules.ownConnections && connectionOf(socket).origin !== 'local';
    if (!ownConnection || before < 0 || connectionOf(socket).boundary < 0) return undefined;
    if (!this.#parts.handoff.possible(socket) || !isAnsweredNext(socket, response)) return undefined;
    const bytes = headBytes(request);
    // The length alone would not do: a head may have come with a blank less, and something behind it.
    return socket.bytesRead - before === bytes.length && isReadUpTo(socket, bytes) ? bytes : undefined;
  }

  #tooLarge(request: IncomingMessage, response: ServerResponse): boolean {
    const { meter, refusals } = this.#parts;
    return limitBody(request, response, this.#rules.maxBody!, () => {
      refusals.count('body');
      meter.becomes(response, 'refused');
    });
  }

  #refuse(request: IncomingMessage, response: ServerResponse): void {
    this.#parts.refusals.count('maintenance');
    this.#parts.meter.becomes(response, 'refused');
    this.#parts.maintenance.answer(request, response);
  }

  /** Only sessions that are open go on during maintenance. */
  #refusesSession(session: string, isNew: boolean): boolean {
    const { maintenance, renounce } = this.#parts;
    if (!maintenance.on || !isNew) return false;
    renounce(session);
    return true;
  }

  #serve({ event, request, response, restoreTimeout }: Exchange): void {
    restoreTimeout();
    this.#parts.meter.becomes(response, 'kept');
    // Its client has gone meanwhile: an app that waits to hear of that would wait for ever.
    if (request.socket.destroyed) return;
    if (this.#keep(request, response)) this.#app().serve(event, request, response);
  }

  /** Moves the connection if it can, else has the peer answer this one request. */
  #send(exchange: Exchange, worker: number): void {
    const { request, response, bytes, bound, restoreTimeout } = exchange;
    const { members, forwarder, handoff, meter, pinning } = this.#parts;
    const owner = members.member(worker);
    if (owner === undefined) {
      this.#serve(exchange);
      return;
    }
    const serve = (): void => this.#serve(exchange);
    const forward = (): void => {
      meter.becomes(response, 'forwarded');
      hearOnce(response, 'finish', restoreTimeout);
      forwarder.request(owner, request, response, pinning.closed, serve);
    };
    if (bytes === undefined) forward();
    else {
      meter.becomes(response, 'departed');
      const stay = resumable(request.socket, (forwards: boolean) => (forwards ? forward() : serve()));
      handoff.depart(request.socket, bytes, { worker, bound }, () => {
        // A session that was only to begin there may as well begin here.
        if (bound) settle(livesIn(owner.siblings, request), stay);
        else stay(false);
      });
    }
  }

  /** True when the app shall answer it. */
  #keep(request: IncomingMessage, response: ServerResponse): boolean {
    const { members, sessions, polls, cookieIssuer, newSessions } = this.#parts;
    const session = sessionOf(request.url!);
    if (session !== undefined) {
      if (this.#refusesSession(session, sessions.owner(session) !== members.self)) {
        this.#refuse(request, response);
        return false;
      }
      newSessions.met(session, request, response);
      if (polls.met(session, request, response)) return false;
    }
    newSessions.metHandshake(request, response);
    cookieIssuer.issue(request, response);
    return true;
  }

  /** For a document that the app does not see. */
  issueCookie(request: IncomingMessage, response: ServerResponse): void {
    if (this.#rules.sticky) this.#parts.cookieIssuer.issue(request, response);
  }

  about(question: PeerQuestion): Acquaintance {
    const { browsers, members, returning, sessions } = this.#parts;
    if ('browser' in question) {
      const { browser, connects } = question;
      const wasLost = connects ? returning.comesBack(browser) : returning.awaits(browser);
      return { lives: browsers.lives(browser), wasLost };
    }
    return { lives: sessions.owner(question.session) === members.self, wasLost: false };
  }

  upgrade(request: IncomingMessage, socket: net.Socket, head: Buffer): boolean {
    const { maintenance } = this.#parts;
    if (maintenance.on && connectionOf(socket).origin !== 'peer') {
      this.#parts.refusals.count('maintenance');
      maintenance.answerUpgrade(socket);
      return false;
    }
    return this.#upgrades.upgrade(request, socket, head);
  }
}
