import type net from 'node:net';
import tls from 'node:tls';

import type { Certificates } from '../protocol/messages.ts';
import type { Challenges } from './challenges.ts';
import { isAcmeVisit } from './client-hello.ts';
import { readFirstBytes } from './first-bytes.ts';

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
  #server: tls.Server | undefined;
  /** Handshakes that are under way. */
  #shaking = 0;

  /** `protocols`: those that clients may choose from (ALPN), the best first. */
  constructor(
    challenges: Challenges,
    protocols: readonly string[],
    secured: (socket: tls.TLSSocket) => void,
  ) {
    this.#protocols = protocols;
    this.#challenges = challenges;
    this.#secured = secured;
  }

  get busy(): boolean {
    return this.#shaking > 0;
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
    const done = (): void => void (this.#shaking -= 1);
    server.on('secureConnection', (socket) => {
      done();
      this.#secured(socket);
    });
    server.on('tlsClientError', (_error, socket) => {
      done();
      socket.destroy();
    });
    this.#server = server;
  }

  /** A certificate authority that visits gets what it asks for; without a certificate everybody else is refused. */
  handshake(socket: net.Socket): void {
    if (!this.#challenges.expectsVisits) {
      this.#serve(socket);
      return;
    }
    // Node chooses the certificate before the protocol, so the first message must be looked at ahead of it.
    this.#shaking += 1;
    const looked = (): void => void (this.#shaking -= 1);
    readFirstBytes(
      socket,
      handshakeTimeoutMs,
      isAcmeVisit,
      (visit, bytes) => {
        looked();
        socket.unshift(bytes);
        if (visit) this.#challenges.visit(socket);
        else this.#serve(socket);
      },
      looked,
    );
  }

  #serve(socket: net.Socket): void {
    if (this.#server === undefined) {
      socket.destroy();
      return;
    }
    this.#shaking += 1;
    this.#server.emit('connection', socket);
  }
}
