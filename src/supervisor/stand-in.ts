import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { http, loadHttps } from '../builtins.ts';
import type { Speech } from '../config/types.ts';
import type { Certificates } from './certificates.ts';
import type { Maintenance } from './maintenance.ts';
import type { Handle } from './relay.ts';

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
    const pair = speaks === 'tls' ? this.#certificates.first : undefined;
    const answer: RequestListener = (_request, response) => this.#answer(response);
    const server = pair === undefined ? http.createServer(answer) : loadHttps().createServer(pair, answer);
    server.on('error', () => {});
    server.listen(handle);
    this.#servers.push(server);
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
    for (const server of this.#servers.splice(0)) server.close();
  }
}
