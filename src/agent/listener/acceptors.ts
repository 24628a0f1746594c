import type net from 'node:net';

import type { Speech } from '../../config/types.ts';
import type { PendingConnections } from './pending-connections.ts';
import { handOver } from '../runtime/async-context.ts';
import { acceptAs, acceptOptions, type Handle } from '../runtime/internals.ts';
import type { Networks } from '../../protocol/networks.ts';
import { readProxyHeader } from './proxy-header.ts';
import { decided } from '../runtime/guard.ts';
import { listenOn, serverOf } from '../runtime/sockets.ts';

/** Of the kernel's queue, what `somaxconn` allows; as an option of `listen({fd})` Node would ignore it. */
export const backlog = 4096;

/** Accepts on the public listening sockets, as `app` itself would. */
export class Acceptors {
  readonly #app: () => net.Server;
  readonly #balancers: Networks;
  readonly #admits: (socket: net.Socket) => boolean;
  readonly #pending: PendingConnections;
  readonly #accept: Record<Speech, (socket: net.Socket) => void>;
  #servers: net.Server[] = [];

  /**
   * `accept` says what becomes of a connection, by what its address speaks. Those of `balancers` begin with a PROXY
   * header, which nobody else is believed. Those that `admits` does not let in, by their client's address, are closed.
   */
  constructor(
    app: () => net.Server,
    balancers: Networks,
    admits: (socket: net.Socket) => boolean,
    pending: PendingConnections,
    accept: Record<Speech, (socket: net.Socket) => void>,
  ) {
    this.#app = app;
    this.#balancers = balancers;
    this.#admits = admits;
    this.#pending = pending;
    this.#accept = accept;
  }

  /** Accepts on an inherited descriptor, or on a handle that came over IPC. */
  open(listener: { fd: number } | Handle, speaks: Speech): void {
    const accept = (socket: net.Socket): void => {
      if (decided('connection', socket, () => this.#lets(socket))) this.#accept[speaks](socket);
    };
    const server = serverOf(acceptOptions(this.#app()), (socket) => {
      if (decided('connection', socket, () => !this.#awaitsHeader(socket, accept))) accept(socket);
    });
    listenOn(server, listener, backlog);
    server.unref();
    this.#servers.push(server);
  }

  #lets(socket: net.Socket): boolean {
    if (this.#admits(socket)) return true;
    socket.destroy();
    return false;
  }

  #awaitsHeader(socket: net.Socket, accept: (socket: net.Socket) => void): boolean {
    if (!this.#balancers.has(socket.remoteAddress)) return false;
    this.#pending.expect(socket);
    readProxyHeader(socket, () => {
      this.#pending.arrived(socket);
      handOver(() => accept(socket));
    });
    return true;
  }

  /** Another server is the app's. */
  follow(): void {
    for (const server of this.#servers) acceptAs(server, this.#app());
  }

  close(): void {
    for (const server of this.#servers.splice(0)) server.close();
  }
}
