import net from 'node:net';

import type { Speech } from '../config/types.ts';
import { acceptOptions, type Handle } from './internals.ts';

/** Of the kernel's queue, what `somaxconn` allows; as an option of `listen({fd})` Node would ignore it. */
export const backlog = 4096;

/** Accepts on the public listening sockets, as `app` itself would. */
export class Acceptors {
  readonly #app: net.Server;
  readonly #accept: Record<Speech, (socket: net.Socket) => void>;
  #servers: net.Server[] = [];

  /** `accept` says what becomes of a connection, by what its address speaks. */
  constructor(app: net.Server, accept: Record<Speech, (socket: net.Socket) => void>) {
    this.#app = app;
    this.#accept = accept;
  }

  /** Accepts on an inherited descriptor, or on a handle that came over IPC. */
  open(listener: { fd: number } | Handle, speaks: Speech): void {
    const server = new net.Server(acceptOptions(this.#app), this.#accept[speaks]);
    server.listen(listener as net.ListenOptions, backlog as never);
    server.unref();
    this.#servers.push(server);
  }

  close(): void {
    for (const server of this.#servers.splice(0)) server.close();
  }
}
