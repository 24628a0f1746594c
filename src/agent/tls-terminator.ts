import type net from 'node:net';
import tls from 'node:tls';

import type { Certificates } from '../protocol/messages.ts';
import type { Arriving } from './arriving.ts';
import type { Challenges } from './challenges.ts';
import { isAcmeVisit } from './client-hello.ts';
import { readFirstBytes } from './first-bytes.ts';
import { beginHandshake } from './handshake.ts';
import { parentOf } from './internals.ts';

/** Who has not finished the handshake by then is cut off. */
const handshakeTimeoutMs = 10_000;
/**
 * Part of what a session ticket is bound to. Node's default is a hash of the command line, which differs between
 * releases: nothing would resume across a deploy (Node docs: tls.createServer).
 */
const sessionIdContext = 'radiant';

/** Takes TLS off connections that were accepted elsewhere. */
export class TlsTerminator {
  readonly #challenges: Challenges;
  readonly #protocols: readonly string[];
  readonly #secured: (socket: tls.TLSSocket) => void;
  readonly #arriving: Arriving;
  #server: tls.Server | undefined;

  /** `protocols`: those that clients may choose from (ALPN), the best first. */
  constructor(
    challenges: Challenges,
    protocols: readonly string[],
    arriving: Arriving,
    secured: (socket: tls.TLSSocket) => void,
  ) {
    this.#protocols = protocols;
    this.#challenges = challenges;
    this.#arriving = arriving;
    this.#secured = secured;
  }

  /** Handshakes from now on use these; what is open stays as it is. */
  use({ pairs, ticketKeys }: Certificates): void {
    const [first, ...others] = pairs;
    const server = tls.createServer({
      cert: first!.cert,
      key: first!.key,
      ticketKeys: Buffer.from(ticketKeys, 'base64'),
      sessionIdContext,
      handshakeTimeout: handshakeTimeoutMs,
      ALPNProtocols: [...this.#protocols],
    });
    for (const { names, cert, key } of others) {
      for (const name of names) server.addContext(name, { cert, key });
    }
    server.on('secureConnection', (socket) => {
      this.#arriving.arrived(parentOf(socket));
      // As `beginHandshake` found it.
      socket.allowHalfOpen = parentOf(socket).allowHalfOpen;
      this.#secured(socket);
    });
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#server = server;
  }

  /** A certificate authority that visits gets what it asks for; without a certificate everybody else is refused. */
  handshake(socket: net.Socket): void {
    this.#arriving.expect(socket);
    if (!this.#challenges.expectsVisits) {
      this.#serve(socket);
      return;
    }
    // Node chooses the certificate before the protocol, so the first message must be looked at ahead of it.
    readFirstBytes(socket, handshakeTimeoutMs, isAcmeVisit, (visit, bytes) => {
      socket.unshift(bytes);
      if (visit) this.#challenges.visit(socket);
      else this.#serve(socket);
    });
  }

  #serve(socket: net.Socket): void {
    if (this.#server === undefined) {
      socket.destroy();
      return;
    }
    beginHandshake(this.#server, socket);
  }
}
