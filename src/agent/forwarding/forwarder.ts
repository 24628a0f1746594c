import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';

import { resumable } from '../runtime/async-context.ts';
import type { StreamEnd } from '../carrier/stream.ts';
import { connectCarrier } from '../carrier/unix-carrier.ts';
import { openingOf } from '../membership/peers.ts';
import { ForwardedRequest } from './forwarded-request.ts';
import { ForwardedUpgrade } from './forwarded-upgrade.ts';
import { OwnerConnection } from './owner-connection.ts';

/** How many streams are kept for clients that ask for nothing at the moment: each takes a descriptor here and there. */
const mostIdle = 256;

/** Where a request goes: the number of its owner, and the socket that this one listens on for its peers. */
export interface Owner {
  worker: number;
  siblings: string;
}

/** Has peers answer what belongs to them, on behalf of clients whose connections stay here. */
export class Forwarder {
  readonly #self: number;
  readonly #clients = new WeakMap<net.Socket, Map<number, OwnerConnection>>();
  /** In the order in which they became idle. */
  readonly #idle = new Map<OwnerConnection, () => void>();

  constructor(self: number) {
    this.#self = self;
  }

  /**
   * Has `owner` answer a request. `endsConnection`: the client's connection shall end with the answer. `serveHere` is called
   * instead if the owner cannot be had, as long as its app has not begun with it.
   */
  request(
    owner: Owner,
    request: IncomingMessage,
    response: ServerResponse,
    endsConnection: boolean,
    serveHere: () => void,
  ): void {
    // Nobody waits for an answer, and nobody would tell of that any more.
    if (request.socket.destroyed) return;
    const forwarded = new ForwardedRequest(
      request,
      response,
      endsConnection,
      resumable(request.socket, serveHere),
    );
    this.#connection(owner, request.socket).forward(forwarded);
  }

  /** Has `owner` take an upgraded connection that cannot move. */
  upgrade(
    owner: Owner,
    request: IncomingMessage,
    client: net.Socket,
    rest: Buffer,
    serveHere: () => void,
  ): void {
    if (client.destroyed) return;
    const connect = this.#connecter(owner, client);
    // oxlint-disable-next-line no-new -- it lives as long as the connection
    new ForwardedUpgrade(request, client, rest, connect, resumable(client, serveHere));
  }

  #connecter({ siblings }: Owner, client: net.Socket): (end: StreamEnd) => StreamEnd {
    return (end) => connectCarrier(siblings, { ...openingOf(client), via: this.#self }, end);
  }

  #connection(owner: Owner, client: net.Socket): OwnerConnection {
    const owners = this.#clients.get(client) ?? this.#watch(client);
    const known = owners.get(owner.worker);
    if (known !== undefined) return known;
    const connection: OwnerConnection = new OwnerConnection(
      client,
      this.#connecter(owner, client),
      (idle) => {
        this.#idle.delete(connection);
        if (idle) this.#keep(connection, () => owners.delete(owner.worker));
      },
    );
    owners.set(owner.worker, connection);
    return connection;
  }

  /** What becomes of a client's connection, its owners hear. */
  #watch(client: net.Socket): Map<number, OwnerConnection> {
    const owners = new Map<number, OwnerConnection>();
    this.#clients.set(client, owners);
    // Ahead of Node's own listeners, which end what has no answer yet.
    client.prependListener('end', () => {
      for (const connection of owners.values()) connection.endInput();
    });
    client.prependListener('close', () => {
      for (const connection of owners.values()) {
        this.#idle.delete(connection);
        connection.close();
      }
    });
    return owners;
  }

  #keep(connection: OwnerConnection, forget: () => void): void {
    this.#idle.set(connection, forget);
    if (this.#idle.size <= mostIdle) return;
    const [[oldest, forgetOldest]] = this.#idle as unknown as [[OwnerConnection, () => void]];
    this.#idle.delete(oldest);
    forgetOldest();
    oldest.close();
  }
}
