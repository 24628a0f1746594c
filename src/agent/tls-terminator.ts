import type net from 'node:net';
import tls from 'node:tls';

import type { Certificates } from '../protocol/messages.ts';

/** Who has not finished the handshake by then is cut off. */
const handshakeTimeoutMs = 10_000;
/**
 * Part of what a session ticket is bound to. Node's default is a hash of the command line, which differs between
 * releases: nothing would resume across a deploy (Node docs: tls.createServer).
 */
const sessionIdContext = 'radiant';

/** Takes TLS off connections that were accepted elsewhere. */
export class TlsTerminator {
  readonly #secured: (socket: tls.TLSSocket) => void;
  #server: tls.Server | undefined;
  /** Handshakes that are under way. */
  #shaking = 0;

  constructor(secured: (socket: tls.TLSSocket) => void) {
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
      ALPNProtocols: ['http/1.1'],
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

  handshake(socket: net.Socket): void {
    if (this.#server === undefined) {
      socket.destroy();
      return;
    }
    this.#shaking += 1;
    this.#server.emit('connection', socket);
  }
}
