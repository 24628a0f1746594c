import type net from 'node:net';
import type tls from 'node:tls';

import { CertificateChoice } from '../../protocol/certificate-choice.ts';
import type { Certificates } from '../../protocol/messages.ts';
import type { PendingConnections } from './pending-connections.ts';
import type { Challenges } from '../replies/challenges.ts';
import { isAcmeVisit } from './client-hello.ts';
import { readFirstBytes } from './first-bytes.ts';
import type { TlsModules } from './tls-modules.ts';
import { beginHandshake } from '../connection/handshake.ts';
import { parentOf } from '../runtime/internals.ts';
import { nextTick } from '../runtime/originals.ts';
import { logToOperator } from '../runtime/operator-log.ts';

/** Who has not finished the handshake by then is cut off. */
const handshakeTimeoutMs = 10_000;
/**
 * Part of what a session ticket is bound to. Node's default is a hash of the command line, which differs between
 * releases: nothing would resume across a deploy (Node docs: tls.createServer).
 */
const sessionIdContext = 'radiant';
/**
 * All of TLS 1.3, and of TLS 1.2 what has forward secrecy and authenticates as it encrypts (RFC 9325, 4.2); Node has
 * more. `--tls-cipher-list` in NODE_OPTIONS stands.
 */
const modernCiphers = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** Takes TLS off connections that were accepted elsewhere. */
export class TlsTerminator {
  readonly #modules: TlsModules;
  readonly #challenges: Challenges;
  /** Those that clients may choose from (ALPN), the best first. */
  readonly #protocols: readonly string[];
  readonly #secured: (socket: tls.TLSSocket) => void;
  readonly #pending: PendingConnections;
  #server: tls.Server | undefined;

  constructor(
    modules: TlsModules,
    challenges: Challenges,
    pending: PendingConnections,
    secured: (socket: tls.TLSSocket) => void,
  ) {
    this.#modules = modules;
    this.#protocols = modules.http2 ? ['h2', 'http/1.1'] : ['http/1.1'];
    this.#challenges = challenges;
    this.#pending = pending;
    this.#secured = secured;
  }

  /** Handshakes from now on use these; what is open stays as it is. Errors of the first ones, OpenSSL's, end the process. */
  use(certificates: Certificates): void {
    try {
      this.#server = this.#serverWith(certificates);
    } catch (error) {
      // Without any it cannot serve: the process ends with what OpenSSL says.
      if (this.#server === undefined)
        nextTick(() => {
          throw error;
        });
      else
        logToOperator(
          `new certificates are not served, this Node does not take them: ${(error as Error).message}`,
        );
    }
  }

  #serverWith({ pairs, ticketKeys }: Certificates): tls.Server {
    const {
      tls: { createSecureContext, createServer, DEFAULT_CIPHERS },
      crypto,
    } = this.#modules;
    const choice = new CertificateChoice(pairs, {
      contextOf: ({ cert, key }) => createSecureContext({ cert, key }),
      createPrivateKey: crypto.createPrivateKey,
    });
    const asked = DEFAULT_CIPHERS !== crypto.constants.defaultCoreCipherList;
    const server = createServer({
      ...choice.first,
      ciphers: asked ? DEFAULT_CIPHERS : modernCiphers,
      SNICallback: (name, chosen) => chosen(null, choice.find(name)),
      ticketKeys: Buffer.from(ticketKeys, 'base64'),
      sessionIdContext,
      handshakeTimeout: handshakeTimeoutMs,
      ALPNProtocols: [...this.#protocols],
    });
    server.on('secureConnection', (socket) => {
      this.#pending.arrived(parentOf(socket));
      // As `beginHandshake` found it.
      socket.allowHalfOpen = parentOf(socket).allowHalfOpen;
      this.#secured(socket);
    });
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    return server;
  }

  /** A certificate authority that visits gets what it asks for; without a certificate everybody else is refused. */
  handshake(socket: net.Socket): void {
    this.#pending.expect(socket);
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
