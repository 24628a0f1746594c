import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';

import type { Boot } from '../../protocol/boot.ts';
import type { Destination, RequestAffinity } from '../affinity/affinity.ts';
import { PeerAnswers, type PeerAnswersParts } from '../affinity/peer-answers.ts';
import { answerGone, type Retarget } from '../affinity/release-pinning.ts';
import { VirtualSocket } from '../carrier/virtual-socket.ts';
import { clientAddress } from '../connection/client-address.ts';
import { clientPrefix } from '../../common/client-prefix.ts';
import { connectionOf } from '../connection/connection.ts';
import { forwardedRule } from '../connection/forwarded-for.ts';
import { hasBody, headOf } from '../http/request-head.ts';
import type { AppServer } from '../listener/app-server.ts';
import type { Arrivals } from '../listener/server-taps.ts';
import { askPeer, type PeerQuestion } from '../membership/peers.ts';
import type { PlacementClient } from '../membership/placement-client.ts';
import type { Challenges } from '../replies/challenges.ts';
import { resumable } from '../runtime/async-context.ts';
import { startReading, stopReading } from '../runtime/internals.ts';
import { settle } from '../runtime/promises.ts';
import type { Acquaintance } from '../sessions/browsers.ts';
import type { DepartingSessions } from '../sessions/departing-sessions.ts';
import { sessionOf } from '../sessions/sessions.ts';
import type { StaticFiles } from '../static/static-files.ts';
import { Dispatch, type Arrival, type DispatchParts, type Exchange } from './dispatch.ts';
import { LocalRequests, type LocalRequestsParts } from './local-requests.ts';
import { RequestGate, type GateRules, type RequestGateParts } from './request-gate.ts';
import { Upgrades, type UpgradesParts } from './upgrades.ts';

/** What the configuration says of requests. */
export interface RouterRules extends GateRules {
  /** Clients are recognised at all: false for the affinity `none`. */
  sticky: boolean;
  /** Connections are clients' own: no proxy stands in front that carries the requests of many. */
  ownConnections: boolean;
}

export const routerRules = (boot: Boot): RouterRules => ({
  sticky: boot.affinity !== 'none',
  ownConnections: boot.proxies === 0,
  forwarded: forwardedRule(boot),
  maxBody: boot.limits.maxBody,
  hsts: boot.hsts,
});

/** What the router itself decides with, and what its own parts need. */
export type RouterParts = {
  departing: DepartingSessions;
  requestAffinity: RequestAffinity;
  placementClient: PlacementClient;
  statics: StaticFiles;
  challenges: Challenges;
} & RequestGateParts &
  Omit<LocalRequestsParts, 'gate'> &
  Omit<DispatchParts, 'local'> &
  PeerAnswersParts &
  UpgradesParts;

/** Decides for each request and upgrade whether to keep it, to move its connection or to forward it. */
export class Router implements Arrivals {
  readonly #parts: Pick<
    RouterParts,
    | 'challenges'
    | 'departing'
    | 'members'
    | 'meter'
    | 'pinning'
    | 'placementClient'
    | 'requestAffinity'
    | 'statics'
  >;
  readonly #rules: RouterRules;
  readonly #app: () => AppServer;
  readonly #gate: RequestGate;
  readonly #local: LocalRequests;
  readonly #dispatch: Dispatch;
  readonly #answers: PeerAnswers;
  readonly #upgrades: Upgrades;

  constructor(parts: RouterParts, rules: RouterRules, app: () => AppServer) {
    this.#parts = parts;
    this.#rules = rules;
    this.#app = app;
    this.#gate = new RequestGate(parts, rules);
    this.#local = new LocalRequests({ ...parts, gate: this.#gate });
    this.#dispatch = new Dispatch(
      { ...parts, local: this.#local },
      rules.ownConnections,
      (arrival) => this.#serve(arrival),
      (exchange) => this.#placeAgain(exchange),
    );
    this.#answers = new PeerAnswers(parts);
    this.#upgrades = new Upgrades(parts, rules.forwarded, app);
  }

  request(event: string, request: IncomingMessage, response: ServerResponse): boolean {
    const { challenges, meter, pinning, statics } = this.#parts;
    const { socket } = request;
    if (socket instanceof VirtualSocket && !this.#begins(socket, request, response)) return false;
    if (challenges.answer(request, response)) return false;
    const connection = connectionOf(socket);
    const ofPeer = connection.origin === 'peer';
    meter.began(response, connection);
    this.#gate.prepare(request, response);
    const arrival = { event, request, response, before: connection.boundary };
    connection.latest = request;
    connection.boundary = hasBody(request) ? -1 : socket.bytesRead;
    if (pinning.closed && !ofPeer) response.shouldKeepAlive = false;
    if (request.httpVersionMajor !== 1) return true;
    if (!this.#gate.admits(request, response)) return false;
    const here = connection.placed || ofPeer;
    connection.placed = false;
    const leave = (): void => {
      meter.becomes(response, 'kept');
      if (this.#route(arrival, here)) this.#serve(arrival);
    };
    const asksApp = ofPeer || event !== 'request';
    if (asksApp) statics.observe(request, response);
    if (!asksApp && statics.serve(request, response, pinning.closed, leave)) {
      meter.becomes(response, 'static');
      return false;
    }
    return this.#route(arrival, here);
  }

  /** False: whoever forwards it is to find out anew where it belongs. */
  #begins(socket: VirtualSocket, { url }: IncomingMessage, response: ServerResponse): boolean {
    const { departing } = this.#parts;
    const session = departing.closed ? sessionOf(url!) : undefined;
    const tooLate =
      session !== undefined && connectionOf(socket).via !== undefined && departing.isTooLateFor(session);
    if (tooLate) socket.retire();
    else socket.requestBegan(response);
    return !tooLate;
  }

  upgrade(request: IncomingMessage, socket: net.Socket, head: Buffer): boolean {
    return this.#gate.admitsUpgrade(socket) && this.#upgrades.upgrade(request, socket, head);
  }

  about(question: PeerQuestion): Acquaintance {
    return this.#answers.about(question);
  }

  #serve({ event, request, response }: Arrival): void {
    this.#app().serve(event, request, response);
  }

  /** True when the app shall answer it; `here`: it was sent here on purpose. */
  #route(arrival: Arrival, here: boolean): boolean {
    const { departing, pinning, requestAffinity } = this.#parts;
    const { request, response } = arrival;
    if (!departing.none && this.#follows(arrival, here)) return false;
    const retarget = here ? undefined : pinning.retarget(request);
    if (retarget !== undefined) {
      this.#retarget(retarget, arrival);
      return false;
    }
    if (!this.#rules.sticky) return true;
    const destination = here ? undefined : requestAffinity.destination(headOf(request, false));
    if (destination === undefined || this.#isHere(destination)) return this.#local.keep(request, response);
    if (destination.kind === 'ask') this.#place(arrival, destination);
    else {
      const exchange = this.#dispatch.begin(arrival, destination.session !== null, true);
      this.#dispatch.send(exchange, destination.worker);
    }
    return false;
  }

  /** True: its session is on its way to another worker, or there; so is what comes for it. */
  #follows(arrival: Arrival, here: boolean): boolean {
    const { departing } = this.#parts;
    const { request, response } = arrival;
    const session = sessionOf(request.url!);
    if (session === undefined) return false;
    const go = resumable(request.socket, (worker: number | undefined) => {
      if (worker !== undefined) this.#dispatch.send(this.#dispatch.begin(arrival, true, !here), worker);
      else if (this.#local.keep(request, response)) this.#serve(arrival);
    });
    if (departing.waits(session, request, go)) return true;
    const worker = departing.worker(session);
    if (worker === undefined) return false;
    departing.followed();
    go(worker);
    return true;
  }

  /** The supervisor says where it belongs. */
  #place(arrival: Arrival, destination: Destination & { kind: 'ask' }): void {
    const { members, placementClient } = this.#parts;
    const { request, response } = arrival;
    const { session } = destination;
    const exchange = this.#dispatch.begin(arrival, session !== null, true);
    const moves = exchange.bytes !== undefined;
    if (moves) stopReading(request.socket);
    const placed = resumable(request.socket, (worker: number) => {
      if (moves) startReading(request.socket);
      if (worker !== members.self) this.#dispatch.send(exchange, worker);
      else if (session !== null && this.#local.refusesSession(session, true))
        this.#gate.refuse(request, response);
      else this.#dispatch.serve(exchange);
    });
    const address = clientAddress(request, !this.#rules.ownConnections);
    placementClient.ask({ ...destination, address: address && clientPrefix(address) }, placed);
  }

  /** Who had its session has gone: the supervisor knows whether that went on elsewhere. */
  #placeAgain(exchange: Exchange): void {
    const { members, placementClient } = this.#parts;
    const session = sessionOf(exchange.request.url!) ?? null;
    const placed = resumable(exchange.request.socket, (worker: number) => {
      if (worker === members.self) this.#dispatch.serve(exchange);
      else this.#dispatch.send(exchange, worker, true);
    });
    placementClient.ask({ session, owner: null }, placed);
  }

  /** Another release must answer. */
  #retarget(retarget: Retarget, arrival: Arrival): void {
    const { request, response } = arrival;
    if (retarget.kind === 'gone') {
      answerGone(request, response);
      return;
    }
    if (retarget.kind === 'doubt') {
      const { browser, others } = retarget;
      const decide = resumable(request.socket, (known: (Acquaintance | undefined)[]) => {
        // A peer that does not answer may hold the page that asks.
        if (known.some((about) => about?.lives ?? true)) answerGone(request, response);
        else if (this.#route(arrival, true)) this.#serve(arrival);
      });
      settle(Promise.all(others.map((path) => askPeer(path, { browser }))), decide);
      return;
    }
    // Of a client that belongs here only the request goes there.
    const exchange = this.#dispatch.begin(arrival, false, retarget.kind === 'client');
    this.#dispatch.send(exchange, retarget.worker);
  }

  #isHere(destination: Destination): boolean {
    const { members } = this.#parts;
    if (destination.kind === 'ask') return members.alone;
    return destination.worker === members.self || members.member(destination.worker) === undefined;
  }
}
