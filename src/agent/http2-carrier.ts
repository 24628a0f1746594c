import http from 'node:http';
import type http2 from 'node:http2';
import type net from 'node:net';

import { answerStream, failStream, headOfStream, refuseStream, wasCut } from './http2-streams.ts';
import { lingerMs } from './last-answer.ts';

/** Connections to the app are kept for less than apps keep theirs: Node's default is 5 s. */
const keptMs = 2_000;

type Connect = () => net.Socket;

/** A stream whose head has come. */
export interface Opened {
  stream: http2.ServerHttp2Stream;
  fields: http2.IncomingHttpHeaders;
  /** They may come before anybody carries the stream. */
  trailers?: http2.IncomingHttpHeaders;
}

/** Opens at most `most` connections at a time; requests above that wait. */
class Connections extends http.Agent {
  constructor(connect: Connect, most: number, keepAlive: boolean) {
    super({ keepAlive, maxSockets: most });
    Object.assign(this, { createConnection: connect });
  }

  /** Keeps connections between requests, and none of them long enough for the app to end it. */
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

/** Has the streams of one client answered over HTTP/1.1, on connections that `connect` opens. */
export class Http2Carrier {
  readonly #kept: http.Agent;
  readonly #fresh: http.Agent;
  readonly #requests = new Set<http.ClientRequest>();
  #ended = false;

  /** `most`: a stream that was reset is gone at once, its connection is not. */
  constructor(connect: Connect, most: number) {
    this.#kept = new Connections(connect, most, true);
    this.#fresh = new Connections(connect, most, false);
  }

  /** Nobody waits for an answer any more. */
  end(): void {
    this.#ended = true;
    for (const request of this.#requests) request.destroy();
    this.#kept.destroy();
    this.#fresh.destroy();
  }

  carry(opened: Opened): void {
    const { stream, fields } = opened;
    const bodiless = (stream as { endAfterHeaders?: boolean }).endAfterHeaders === true;
    // A kept connection may end at the moment that it is used again: then these can be sent once more.
    const repeatable = bodiless && /^(?:GET|HEAD)$/.test(fields[':method'] ?? '');
    let request: http.ClientRequest;
    try {
      const agent = repeatable ? this.#kept : this.#fresh;
      request = http.request({ ...headOfStream(fields, bodiless), setHost: false, agent });
    } catch {
      refuseStream(stream, 400); // HTTP/1.1 cannot say that
      return;
    }
    request.on('error', () => {
      if (stream.destroyed || stream.headersSent) return;
      this.#requests.delete(request);
      const { reusedSocket } = request as { reusedSocket?: boolean };
      if (repeatable && reusedSocket && !this.#ended) this.carry(opened);
      else failStream(stream);
    });
    answerStream(request, stream);
    this.#requests.add(request);
    stream.on('close', () => {
      this.#requests.delete(request);
      if (wasCut(stream) || !request.writableEnded) request.destroy();
    });
    if (bodiless) {
      stream.resume(); // a stream that is not read does not end
      request.end();
    } else upload(opened, request);
  }
}

/** Sends the body of a stream, no faster than the app reads. */
function upload(opened: Opened, request: http.ClientRequest): void {
  const { stream } = opened;
  stream.pipe(request, { end: false });
  stream.on('end', () => {
    if (opened.trailers !== undefined) request.addTrailers(opened.trailers);
    request.end();
  });
  // It was answered before its end. The rest is nobody's, and a client that goes on with it is told so (RFC 9113, 8.1).
  stream.once('finish', () => {
    if (request.writableEnded) return;
    stream.unpipe(request);
    stream.resume();
    const timer = setTimeout(() => stream.close(), lingerMs).unref();
    stream.once('close', () => clearTimeout(timer));
  });
}
