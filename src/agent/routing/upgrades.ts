import type { IncomingMessage } from 'node:http';
import type net from 'node:net';

import type { AppServer } from '../listener/app-server.ts';
import { connectionOf } from '../connection/connection.ts';
import { resumable } from '../runtime/async-context.ts';
import { VirtualSocket } from '../carrier/virtual-socket.ts';
import { trimForwardedFor, type ForwardedRule } from '../connection/forwarded-for.ts';
import { suspendIdleTimeout } from '../connection/idle-timeout.ts';
import { canTravel, startReading, stopReading } from '../runtime/internals.ts';
import { headBytes, headOf } from '../http/request-head.ts';
import { settle } from '../runtime/promises.ts';
import { askPeer } from '../membership/peers.ts';
import { asksWebSocket, type WebSockets } from '../sessions/websockets.ts';
import type { Browsers } from '../sessions/browsers.ts';
import type { Forwarder } from '../forwarding/forwarder.ts';
import type { ConnectionHandoff } from '../forwarding/connection-handoff.ts';
import type { AddressLimits } from '../limits/address-limits.ts';
import type { Members } from '../membership/members.ts';
import type { ReleasePinning } from '../affinity/release-pinning.ts';
import type { PlacementClient } from '../membership/placement-client.ts';
import type { RequestAffinity } from '../affinity/affinity.ts';
import type { ReturningClients } from '../affinity/returning-clients.ts';

export interface UpgradesParts {
  browsers: Browsers;
  forwarder: Forwarder;
  handoff: ConnectionHandoff;
  limits: AddressLimits | undefined;
  members: Members;
  pinning: ReleasePinning;
  placementClient: PlacementClient;
  requestAffinity: RequestAffinity;
  returning: ReturningClients;
  websockets: WebSockets;
}

/** Decides for each upgrade, which for most is a WebSocket, which worker gets it. */
export class Upgrades {
  readonly #parts: UpgradesParts;
  readonly #forwarded: ForwardedRule;
  readonly #app: () => AppServer;

  constructor(parts: UpgradesParts, forwarded: ForwardedRule, app: () => AppServer) {
    this.#parts = parts;
    this.#forwarded = forwarded;
    this.#app = app;
  }

  /** True when the app shall have it now; else it may get it later. */
  upgrade(request: IncomingMessage, socket: net.Socket, head: Buffer): boolean {
    const { members, limits, requestAffinity, placementClient, pinning, returning } = this.#parts;
    if (socket instanceof VirtualSocket) socket.upgradeBegan();
    const { origin, placed } = connectionOf(socket);
    if (origin !== 'peer') trimForwardedFor(request, this.#forwarded);
    if (limits?.refusesUpgrade(request, socket)) return false;
    if (placed || origin === 'peer' || !asksWebSocket(request) || request.httpVersionMajor !== 1) {
      return this.#admit(request, socket);
    }
    const { session, ...destination } = requestAffinity.destination(headOf(request, true));
    const bound = session !== null;
    if (destination.kind === 'worker') {
      return this.#upgradeIn({ worker: destination.worker, bound }, request, socket, head);
    }
    // Who came by the worker's own socket was sent here by a balancer: only a cookie or a session outweighs that.
    const chosen = origin === 'local' && !bound && destination.owner === null;
    const former = bound ? undefined : pinning.former(request);
    if ((members.alone || chosen) && former === undefined && !pinning.retired) {
      return this.#upgradeIn({ worker: members.self, bound }, request, socket, head);
    }
    socket.on('error', ignore);
    // What comes meanwhile goes along with a socket that moves. One that cannot keeps it; were it not read (TLS), its client
    // could go unnoticed.
    const travels = canTravel(socket);
    if (travels) stopReading(socket);
    const restoreTimeout = suspendIdleTimeout(socket);
    const go = resumable(socket, (worker: number, only: boolean): void => {
      socket.removeListener('error', ignore);
      if (travels) startReading(socket);
      restoreTimeout();
      const here = this.#upgradeIn({ worker, bound: only }, request, socket, head);
      if (here) this.#app().serveUpgrade(request, socket, head);
    });
    // What cannot move (TLS) would be forwarded for as long as it lives: without a cookie it stays, if that is fair.
    const stays = !bound && !canTravel(socket) && !pinning.closed;
    const preferred = destination.owner ?? (stays ? members.self : null);
    const awaits = !bound && pinning.retired && returning.comesBack(pinning.browser(request));
    const wanted = { session, owner: awaits ? null : preferred, awaits };
    const ask = (): void => placementClient.ask(wanted, (worker) => go(worker, bound));
    if (former === undefined) ask();
    else {
      // Only there a DDP session goes on that its client has lost.
      settle(askPeer(former.siblings, { browser: former.browser, connects: true }), (about) =>
        about?.wasLost ? go(former.worker, true) : ask(),
      );
    }
    return false;
  }

  /** False when its client has gone meanwhile: nobody would hear of that any more. */
  #admit(request: IncomingMessage, socket: net.Socket): boolean {
    const { websockets, browsers, pinning } = this.#parts;
    if (socket.destroyed) return false;
    websockets.add(socket, request);
    const browser = pinning.browser(request);
    connectionOf(socket).browser = browser;
    if (browser !== undefined) browsers.opened(browser, socket);
    return true;
  }

  /** True when that is here. */
  #upgradeIn(
    target: { worker: number; bound: boolean },
    request: IncomingMessage,
    socket: net.Socket,
    head: Buffer,
  ): boolean {
    const { members, forwarder, handoff } = this.#parts;
    const owner = target.worker === members.self ? undefined : members.member(target.worker);
    if (owner === undefined) return this.#admit(request, socket);
    const restoreTimeout = suspendIdleTimeout(socket);
    const stay = (): void => {
      restoreTimeout();
      if (this.#admit(request, socket)) this.#app().serveUpgrade(request, socket, head);
    };
    const forward = (): void => forwarder.upgrade(owner, request, socket, head, stay);
    const bytes = (): Buffer => Buffer.concat([headBytes(request), head]);
    if (handoff.possible(socket))
      handoff.depart(socket, bytes(), target, resumable(socket, target.bound ? forward : stay));
    else forward();
    return false;
  }
}

/** While a socket waits for its place nobody else listens for its errors. */
function ignore(): void {}
