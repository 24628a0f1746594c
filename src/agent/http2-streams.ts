import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type http2 from 'node:http2';

/** INTERNAL_ERROR (RFC 9113, 7). */
const internalError = 2;

/** Fields of one HTTP/1.1 connection (RFC 9113, 8.2.2). */
const ofOneHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

export interface Http1Head {
  method: string;
  path: string;
  headers: OutgoingHttpHeaders;
}

/** The head of a stream in HTTP/1.1 (RFC 9113, 8.3.1). Errors: it cannot be said there, as far as that shows here. */
export function headOfStream(fields: http2.IncomingHttpHeaders, bodiless: boolean): Http1Head {
  const { ':method': method, ':path': path, ':authority': authority, host } = fields;
  if (method === undefined || path === undefined || method === 'CONNECT') throw new Error('no request');
  const headers: OutgoingHttpHeaders = { host: authority ?? host ?? '' };
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith(':') || name === 'host' || ofOneHop.has(name)) continue;
    headers[name] = value;
  }
  const mayHaveBody = method !== 'GET' && method !== 'HEAD';
  if (bodiless && mayHaveBody && headers['content-length'] === undefined) headers['content-length'] = '0';
  if (!bodiless && headers['content-length'] === undefined) headers['transfer-encoding'] = 'chunked';
  return { method, path, headers };
}

/** Fields of an HTTP/1.1 message, lower-case, those that came several times as lists. */
export function fieldsOf(raw: readonly string[]): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (ofOneHop.has(name)) continue;
    const before = fields[name];
    fields[name] = before === undefined ? raw[i + 1]! : ([before, raw[i + 1]!].flat() as string[]);
  }
  return fields;
}

/** Answers that HTTP/2 does not allow (a field twice that may be there once) end the stream. */
function respond(
  stream: http2.ServerHttp2Stream,
  fields: OutgoingHttpHeaders,
  options: http2.ServerStreamResponseOptions,
): void {
  try {
    stream.respond(fields, options);
  } catch {
    failStream(stream);
  }
}

/** Copies the answer to `request` into `stream`: no faster than the client reads, trailers included. */
export function answerStream(request: ClientRequest, stream: http2.ServerHttp2Stream): void {
  const informational = (status: number, raw: readonly string[]): void => {
    if (!stream.headersSent && !stream.destroyed)
      stream.additionalHeaders({ ':status': status, ...fieldsOf(raw) });
  };
  request.on('continue', () => informational(100, []));
  request.on('information', ({ statusCode, rawHeaders }) => {
    if (statusCode !== 100) informational(statusCode, rawHeaders);
  });
  request.on('response', (answer) => copy(answer, stream, request.method));
  request.on('upgrade', (_answer, socket) => socket.destroy());
}

function copy(answer: IncomingMessage, stream: http2.ServerHttp2Stream, method: string): void {
  if (stream.destroyed) return;
  const status = answer.statusCode!;
  const fields = { ...fieldsOf(answer.rawHeaders), ':status': status };
  const empty = method === 'HEAD' || status === 204 || status === 304;
  const waitForTrailers = !empty && answer.headers['transfer-encoding'] !== undefined;
  respond(stream, fields, { endStream: empty, waitForTrailers });
  if (stream.destroyed || empty) {
    answer.resume();
    return;
  }
  stream.on('wantTrailers', () => stream.sendTrailers(fieldsOf(answer.rawTrailers)));
  answer.pipe(stream);
  answer.on('aborted', () => failStream(stream));
}

const failed = new WeakSet<http2.ServerHttp2Stream>();

/** The client is told that there will be no answer, or no more of it. `code`: RFC 9113, 7. */
export function failStream(stream: http2.ServerHttp2Stream, code = internalError): void {
  failed.add(stream);
  stream.close(code);
}

/** It is over, and not all of its answer was sent. Node ends the writable side of streams that are reset. */
export const wasCut = (stream: http2.ServerHttp2Stream): boolean =>
  stream.aborted || !stream.writableFinished;

/** It was ended here, not by its client. */
export const hasFailed = (stream: http2.ServerHttp2Stream): boolean => failed.has(stream);

export function refuseStream(stream: http2.ServerHttp2Stream, status: number): void {
  respond(stream, { ':status': status }, { endStream: true });
}
