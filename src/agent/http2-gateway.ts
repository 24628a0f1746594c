import http from 'node:http';
import type http2 from 'node:http2';
import type net from 'node:net';
import type tls from 'node:tls';

import { answerStream, failStream, headOfStream, refuseStream } from './http2-streams.ts';

/** What a client may ask for at the same time on one connection. */
const mostStreams = 128;
/** A connection on which nothing happens for so long is told to go. */
const silenceMs = 120_000;
/** Connections to the app are kept for less than apps keep theirs: Node's default is 5 s. */
const keptMs = 2_000;

type Connect = () => net.Socket;

/** Keeps connections between requests, and none of them long enough for the app to end it. */
class KeptConnections extends http.Agent {
  constructor(connect: Connect) {
    super({ keepAlive: true });
    Object.assign(this, { createConnection: connect });
  }

  override keepSocketAlive(socket: net.Socket): void {
    socket.setTimeout(keptMs);
    // Typed as void, documented as "whether the socket is kept".
    return super.keepSocketAlive(socket);
  }

  override reuseSocket(socket: net.Socket, request: http.ClientRequest): void {
    socket.setTimeout(0);
    super.reuseSocket(socket, request);
  }
}

/**
 * Ends HTTP/2 here: each stream becomes an HTTP/1.1 request on a connection that `connect` opens on behalf of the
 * client. Apps see no difference; Node's compatibility layer would not do, since Express replaces the prototypes of
 * its requests and responses (Node docs: HTTP/2, compatibility API). Against streams that are reset in quick
 * succession, invalid frames and large heads stand Node's own limits.
 */
export class Http2Gateway {
  readonly #connect: (client: net.Socket) => net.Socket;
  /** Loaded only where it is used: it takes its time, and memory. */
  readonly #server: Promise<http2.Http2Server>;
  readonly #sessions = new Set<http2.ServerHttp2Session>();
  #draining = false;

  constructor(connect: (client: net.Socket) => net.Socket) {
    this.#connect = connect;
    this.#server = import('node:http2').then(({ createServer }) => {
      const server = createServer({ settings: { maxConcurrentStreams: mostStreams } });
      return server.on('sessionError', () => {}); // the session ends with it
    });
  }

  accept(socket: tls.TLSSocket): void {
    void this.#server.then((server) => {
      server.once('session', (session) => this.#began(session, socket));
      server.emit('connection', socket);
    });
  }

  /** Tells all clients to go (GOAWAY); their streams finish (RFC 9113, 6.8). */
  drain(): void {
    this.#draining = true;
    for (const session of this.#sessions) session.close();
  }

  /** Connections may stay again. */
  resume(): void {
    this.#draining = false;
  }

  #began(session: http2.ServerHttp2Session, client: net.Socket): void {
    const connect = (): net.Socket => this.#connect(client);
    const kept = new KeptConnections(connect);
    this.#sessions.add(session);
    session.on('stream', (stream, fields) => carry(stream, fields, kept, connect));
    session.setTimeout(silenceMs, () => session.close());
    session.on('close', () => {
      this.#sessions.delete(session);
      kept.destroy();
    });
    if (this.#draining) session.close();
  }
}

/** Has a stream answered over HTTP/1.1. */
function carry(
  stream: http2.ServerHttp2Stream,
  fields: http2.IncomingHttpHeaders,
  kept: http.Agent,
  connect: Connect,
): void {
  const bodiless = (stream as { endAfterHeaders?: boolean }).endAfterHeaders === true;
  // A kept connection may end at the moment that it is used again: then these can be sent once more.
  const repeatable = bodiless && /^(?:GET|HEAD)$/.test(fields[':method'] ?? '');
  stream.on('error', () => {}); // it closes with it
  let request: http.ClientRequest;
  try {
    const way = repeatable ? { agent: kept } : { createConnection: connect };
    request = http.request({ ...headOfStream(fields, bodiless), setHost: false, ...way });
  } catch {
    refuseStream(stream, 400); // HTTP/1.1 cannot say that
    return;
  }
  request.on('error', () => {
    if (stream.destroyed || stream.headersSent) return;
    if (repeatable && (request as { reusedSocket?: boolean }).reusedSocket)
      carry(stream, fields, kept, connect);
    else failStream(stream);
  });
  answerStream(request, stream);
  stream.on('close', () => {
    if (!stream.writableFinished) request.destroy();
  });
  if (bodiless) request.end();
  else {
    stream.on('trailers', (trailers) => request.addTrailers(trailers));
    stream.pipe(request, { end: false });
    stream.on('end', () => request.end());
  }
}
