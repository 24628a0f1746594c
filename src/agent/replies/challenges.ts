import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';
import type tls from 'node:tls';

import { challengeFolder } from '../../protocol/acme-challenge.ts';
import type { Challenges as Message } from '../../protocol/messages.ts';
import { beginHandshake } from '../connection/handshake.ts';

/** What is to be answered to a certificate authority that makes sure of a domain, in whichever worker it comes to. */
export class Challenges {
  readonly #tokens = new Map<string, string>();
  readonly #tls: typeof tls | undefined;
  #visits: tls.Server | undefined;

  /** Undefined where TLS is not served here: then nobody visits. */
  constructor(tlsModule: typeof tls | undefined) {
    this.#tls = tlsModule;
  }

  update({ tokens, certificates }: Message): void {
    this.#tokens.clear();
    for (const { token, answer } of tokens) this.#tokens.set(token, answer);
    this.#visits = certificates.length === 0 ? undefined : this.#visitServer(certificates);
  }

  /** An authority may come with `acme-tls/1`: each connection must be looked at. */
  get expectsVisits(): boolean {
    return this.#visits !== undefined;
  }

  /** Shows the certificate that proves the domain (RFC 8737, 3); the connection is for nothing else. */
  visit(socket: net.Socket): void {
    if (this.#visits === undefined) socket.destroy();
    else beginHandshake(this.#visits, socket);
  }

  /** Answers a request of http-01; false if it is none that is expected. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#tokens.size === 0 || !asksForChallenge(request)) return false;
    const answer = this.#tokens.get(request.url!.slice(challengeFolder.length));
    if (answer === undefined) return false;
    const head = {
      'Content-Type': 'application/octet-stream',
      'Content-Length': answer.length,
      Connection: 'close',
    };
    response.writeHead(200, head).end(answer);
    return true;
  }

  #visitServer(certificates: Message['certificates']): tls.Server | undefined {
    const server = this.#tls?.createServer({ ALPNProtocols: ['acme-tls/1'] });
    for (const { name, cert, key } of certificates) server?.addContext(name, { cert, key });
    server?.on('secureConnection', (socket) => socket.on('error', () => {}).end());
    server?.on('tlsClientError', (_error, socket) => socket.destroy());
    return server;
  }
}

/** Such a request is never sent on to HTTPS: before the first certificate nobody would answer there. */
export const asksForChallenge = ({ method, url }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'HEAD') && url !== undefined && url.startsWith(challengeFolder);
