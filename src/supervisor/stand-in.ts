import http from 'node:http';
import https from 'node:https';
import type { Speech } from '../config/types.ts';
import type { Certificates } from './certificates.ts';
import type { Handle } from './relay.ts';

const retryAfterSeconds = 5;

function answer(_request: http.IncomingMessage, response: http.ServerResponse): void {
  response.writeHead(503, {
    'Retry-After': retryAfterSeconds,
    'Content-Type': 'text/plain',
    Connection: 'close',
  });
  response.end('No worker of this app is running. It is being started again.\n');
}

/**
 * Answers 503 on the public sockets while no worker lives. It needs handles of its own: a listening socket that
 * was closed cannot be listened on again.
 */
export class StandIn {
  readonly #servers: (http.Server | https.Server)[] = [];
  readonly #certificates: Certificates;

  constructor(certificates: Certificates) {
    this.#certificates = certificates;
  }

  get active(): boolean {
    return this.#servers.length > 0;
  }

  add(handle: Handle, speaks: Speech): void {
    const pair = speaks === 'tls' ? this.#certificates.first : undefined;
    const server = pair === undefined ? http.createServer(answer) : https.createServer(pair, answer);
    server.on('error', () => {});
    server.listen(handle);
    this.#servers.push(server);
  }

  stop(): void {
    for (const server of this.#servers.splice(0)) server.close();
  }
}
