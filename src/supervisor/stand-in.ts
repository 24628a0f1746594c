import http from 'node:http';
import type { Handle } from './relay.ts';

const retryAfterSeconds = 5;

/**
 * Answers 503 on the public sockets while no worker lives. It needs handles of its own: a listening socket that
 * was closed cannot be listened on again.
 */
export class StandIn {
  readonly #servers: http.Server[] = [];

  get active(): boolean {
    return this.#servers.length > 0;
  }

  add(handle: Handle): void {
    const server = http.createServer((_request, response) => {
      response.writeHead(503, {
        'Retry-After': retryAfterSeconds,
        'Content-Type': 'text/plain',
        Connection: 'close',
      });
      response.end('No worker of this app is running. It is being started again.\n');
    });
    server.on('error', () => {});
    server.listen(handle);
    this.#servers.push(server);
  }

  stop(): void {
    for (const server of this.#servers.splice(0)) server.close();
  }
}
