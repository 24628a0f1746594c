import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { ServerOptions, Server as TlsServer } from 'node:https';
import type { SecureContext } from 'node:tls';
import { http, loadCrypto, loadHttps, loadTls } from '../../common/builtins.ts';
import type { Speech } from '../../config/types.ts';
import { CertificateChoice } from '../../protocol/certificate-choice.ts';
import type { Certificates } from './certificates.ts';
import type { Maintenance } from './maintenance.ts';
import type { Handle } from '../../running/handle.ts';

const retryAfterSeconds = 5;

const nobody = {
  page: 'No worker of this app is running. It is being started again.\n',
  retryAfter: retryAfterSeconds,
  type: 'text/plain',
};

/**
 * Answers 503 on the public sockets while no worker lives. It needs handles of its own: a listening socket that
 * was closed cannot be listened on again.
 */
export class StandIn {
  readonly #servers: (Server | TlsServer)[] = [];
  readonly #secured: TlsServer[] = [];
  #pairs: Certificates['pairs'] = [];
  #choice: CertificateChoice<SecureContext> | undefined;
  readonly #certificates: Certificates;
  readonly #maintenance: Maintenance;

  constructor(certificates: Certificates, maintenance: Maintenance) {
    this.#certificates = certificates;
    this.#maintenance = maintenance;
  }

  get active(): boolean {
    return this.#servers.length > 0;
  }

  add(handle: Handle, speaks: Speech): void {
    const answer: RequestListener = (request, response) => {
      const expected = speaks === 'redirect' ? this.#certificates.answerTo(request.url ?? '') : undefined;
      if (expected === undefined) this.#answer(response);
      else response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end(expected);
    };
    if (speaks === 'redirect') this.#certificates.standIn(true);
    const server = speaks === 'tls' ? this.#secure(answer) : http.createServer(answer);
    server.on('error', () => {});
    server.listen(handle);
    this.#servers.push(server);
  }

  /** Without a certificate it refuses everybody; one that comes later is followed. */
  #secure(answer: RequestListener): TlsServer {
    this.#choose();
    const options: ServerOptions = {
      ...this.#choice?.first,
      SNICallback: (name, chosen) => chosen(null, this.#choice?.find(name)),
    };
    const server = loadHttps().createServer(options, answer);
    this.#secured.push(server);
    return server;
  }

  #choose(): void {
    const { pairs } = this.#certificates;
    this.#pairs = pairs;
    if (pairs.length === 0) return;
    const { createSecureContext } = loadTls();
    this.#choice = new CertificateChoice(pairs, {
      contextOf: ({ cert, key }) => createSecureContext({ cert, key }),
      createPrivateKey: loadCrypto().createPrivateKey,
    });
  }

  /** Handshakes from now on get the certificates that are the right ones now. */
  follow(): void {
    if (this.#secured.length === 0 || this.#pairs === this.#certificates.pairs) return;
    this.#choose();
    if (this.#choice) for (const server of this.#secured) server.setSecureContext(this.#choice.first);
  }

  #answer(response: ServerResponse): void {
    const { page, retryAfter, type } = {
      type: 'text/html; charset=utf-8',
      ...(this.#maintenance.notice ?? nobody),
    };
    response.writeHead(503, { 'Retry-After': retryAfter, 'Content-Type': type, Connection: 'close' });
    response.end(page);
  }

  stop(): void {
    this.#certificates.standIn(false);
    this.#secured.length = 0;
    for (const server of this.#servers.splice(0)) server.close();
  }
}
