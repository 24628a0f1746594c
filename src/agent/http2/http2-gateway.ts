import type http2 from 'node:http2';
import type net from 'node:net';
import type tls from 'node:tls';

import type { OpenStream } from '../carrier/stream.ts';
import { Http2Carrier } from './http2-carrier.ts';
import { Http2Client, type Http2Times } from './http2-client.ts';
import type { RefusalReason } from '../meter/refusals.ts';
import { hear } from '../runtime/sockets.ts';
import { setInterval } from '../runtime/timers.ts';
import { monotonicNow } from '../runtime/originals.ts';

/** What a client may ask for at the same time on one connection. */
const mostStreams = 128;
/** As many fields as a head of HTTP/1.1 may have in Node: each cookie may be one here (RFC 9113, 8.2.3). */
const mostFields = 2_000;
const longestSweepMs = 5_000;
const shortestSweepMs = 100;

/**
 * Ends HTTP/2 here: each stream becomes an HTTP/1.1 request on a connection to the app in memory on behalf of the
 * client. Apps see no difference; Node's compatibility layer would not do, since Express replaces the prototypes of
 * its requests and responses (Node docs: HTTP/2, compatibility API). Against invalid frames, floods of them and heads
 * without an end stand Node's own limits.
 */
export class Http2Gateway {
  readonly #openStream: OpenStream;
  readonly #refused: (reason: RefusalReason) => void;
  readonly #server: http2.Http2Server;
  readonly #clients = new Set<Http2Client>();
  #draining = false;

  constructor(
    { createServer }: typeof http2,
    openStream: OpenStream,
    times: Http2Times,
    refused: (reason: RefusalReason) => void,
  ) {
    this.#openStream = openStream;
    this.#refused = refused;
    const settings = { maxConcurrentStreams: mostStreams };
    this.#server = createServer({ settings, maxHeaderListPairs: mostFields } as http2.ServerOptions);
    this.#server.on('sessionError', () => {}); // the session ends with it
    this.#watch(times);
  }

  accept(socket: tls.TLSSocket): void {
    // No half of a connection can do anything alone (RFC 9113, 9.1).
    socket.allowHalfOpen = false;
    socket.on('error', () => {}); // it closes with it
    // Left there, it would take the next client's session for this one's.
    const began = (session: http2.ServerHttp2Session): void => this.#began(session, socket);
    this.#server.on('session', began);
    this.#server.emit('connection', socket);
    this.#server.removeListener('session', began);
  }

  /** Tells all clients to go (GOAWAY); their streams finish. */
  drain(): void {
    this.#draining = true;
    for (const client of this.#clients) client.drain();
  }

  /** Connections may stay again. */
  resume(): void {
    this.#draining = false;
  }

  #began(session: http2.ServerHttp2Session, socket: net.Socket): void {
    const carrier = new Http2Carrier((end) => this.#openStream(socket, end));
    const client = new Http2Client(session, socket, carrier, this.#refused);
    this.#clients.add(client);
    hear(socket, 'close', () => this.#clients.delete(client));
    if (this.#draining) client.drain();
  }

  #watch(times: Http2Times): void {
    const shortest = Math.min(...Object.values(times).filter((ms) => ms > 0));
    if (!Number.isFinite(shortest)) return;
    const every = Math.max(shortestSweepMs, Math.min(longestSweepMs, shortest / 4));
    setInterval(() => {
      const now = monotonicNow();
      for (const client of this.#clients) client.look(now, times);
    }, every).unref();
  }
}
