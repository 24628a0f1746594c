import { nodeVersionParts, reaches } from '../../common/version-parts.ts';
import type { OutgoingHttpHeaders } from 'node:http';
import type http2 from 'node:http2';

import type { AnswerEvents } from '../carrier/answer-parser.ts';
import { hear } from '../runtime/sockets.ts';
import type { Framing } from '../http/request-bytes.ts';
import { logToOperator } from '../runtime/operator-log.ts';

/** The first releases of their lines that are mended; from 22 on all are. */
const mended: Record<number, readonly number[]> = { 18: [18, 20, 1], 20: [20, 12, 1], 21: [21, 7, 2] };

/**
 * False for a Node whose process ends when a client of HTTP/2 leaves in the middle of a head (CVE-2024-27983): nothing
 * that runs in it can keep it from that.
 */
export function bearsHttp2(version: string): boolean {
  const parts = nodeVersionParts(version);
  const since = mended[parts[0]];
  return reaches(parts, [22]) || (since !== undefined && reaches(parts, since));
}

const lackOfHttp2 =
  `a client of HTTP/2 could end Node ${process.versions.node} (CVE-2024-27983): it speaks HTTP/1.1 alone. ` +
  'Run the app on Node 18.20.1, 20.12.1 or newer for HTTP/2.';

/** Whether this process speaks it, since that is wanted; if not, its output says why. */
export function speaksHttp2(): boolean {
  const bears = bearsHttp2(process.versions.node);
  if (!bears) logToOperator(lackOfHttp2);
  return bears;
}

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

/** A request of HTTP/1.1; `length` is that of its body, in bytes, where it is known. */
export interface Http1Request {
  head: Buffer;
  framing: Framing;
  length: number;
}

/** A token (RFC 9110, 5.6.2), a target, and a value as Node's HTTP/1.1 client would send them. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const target = /^[!-\xff]+$/;
const value = /^[\t -~\x80-\xff]*$/;

/** The head of a stream in HTTP/1.1 (RFC 9113, 8.3.1); undefined: it cannot be said there. */
export function requestOf(fields: http2.IncomingHttpHeaders, bodiless: boolean): Http1Request | undefined {
  const { ':method': method = '', ':path': path = '', ':authority': authority, host } = fields;
  if (!token.test(method) || !target.test(path) || method === 'CONNECT') return undefined;
  const lines: [string, string][] = [['host', authority ?? host ?? '']];
  for (const [name, values] of Object.entries(fields)) {
    if (name.startsWith(':') || name === 'host' || ofOneHop.has(name)) continue;
    for (const each of [values].flat()) lines.push([name, String(each)]);
  }
  if (!lines.every(([name, text]) => token.test(name) && value.test(text))) return undefined;
  const given = fields['content-length'];
  if (given !== undefined && !/^\d{1,15}$/.test(given)) return undefined;
  if (given === undefined && bodiless && method !== 'GET' && method !== 'HEAD')
    lines.push(['content-length', '0']);
  const framing = bodiless ? 'none' : given === undefined ? 'chunked' : 'length';
  if (framing === 'chunked') lines.push(['transfer-encoding', 'chunked']);
  const text = lines.map(([name, each]) => `${name}:${each}\r\n`).join('');
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${text}\r\n`, 'latin1');
  return { head, framing, length: given === undefined ? Number.POSITIVE_INFINITY : Number(given) };
}

/** Trailers of a stream as names and values in turn. */
export function rawFields(fields: http2.IncomingHttpHeaders | undefined): string[] {
  return Object.entries(fields ?? {}).flatMap(([name, values]) =>
    [values].flat().flatMap((each) => [name, String(each)]),
  );
}

/** Fields that Node's HTTP/2 sends once only; the first one counts, as for its HTTP/1.1 client (Node docs: message.headers). */
const single = new Set(
  (
    'access-control-allow-credentials access-control-max-age age content-encoding content-language content-length ' +
    'content-location content-md5 content-range content-type date etag expires last-modified location retry-after tk ' +
    'x-content-type-options'
  ).split(' '),
);

/** Fields of an HTTP/1.1 message, lower-case, those that came several times as lists. */
export function fieldsOf(raw: readonly string[]): OutgoingHttpHeaders {
  // Without a prototype: one of these fields may be called `__proto__`.
  const fields = Object.create(null) as OutgoingHttpHeaders;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (ofOneHop.has(name)) continue;
    const before = fields[name];
    if (before === undefined) fields[name] = raw[i + 1]!;
    else if (!single.has(name)) fields[name] = [before, raw[i + 1]!].flat() as string[];
  }
  return fields;
}

/** 204 and 205 have no body (RFC 9110, 15.3.5 and 15.3.6): Node ends such a stream with its head. */
const isBodiless = (status: number): boolean => status === 204 || status === 205;

/** Node sends no others. To a client they mean the same as 500 (RFC 9110, 15). */
const isStatus = (status: number): boolean => status < 600;

function withStatus(status: number, fields: OutgoingHttpHeaders): OutgoingHttpHeaders {
  fields[':status'] = isStatus(status) ? status : 500;
  // A length that nothing follows would be an error.
  if (isBodiless(status)) delete fields['content-length'];
  return fields;
}

/** What HTTP/2 does not allow ends the stream. */
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

function inform(stream: http2.ServerHttp2Stream, fields: OutgoingHttpHeaders): void {
  try {
    stream.additionalHeaders(fields);
  } catch {
    // It comes too late, or says what HTTP/2 does not: the answer itself follows.
  }
}

/** Sends an answer of HTTP/1.1 on a stream, trailers included. */
export function answerTo(stream: http2.ServerHttp2Stream): AnswerEvents {
  let trailers: readonly string[] = [];
  let bodiless = false;
  return {
    informational: (status, raw) => {
      if (!stream.headersSent && !stream.destroyed) inform(stream, withStatus(status, fieldsOf(raw)));
    },
    head: (status, raw, { empty, chunked }) => {
      if (stream.destroyed) return;
      bodiless = empty || isBodiless(status);
      respond(stream, withStatus(status, fieldsOf(raw)), {
        endStream: bodiless,
        waitForTrailers: chunked && !bodiless,
      });
      hear(stream, 'wantTrailers', () => stream.sendTrailers(fieldsOf(trailers)));
    },
    body: (bytes) => {
      if (!bodiless && stream.writable) stream.write(bytes);
    },
    complete: (raw) => {
      trailers = raw;
      if (!bodiless && stream.writable) stream.end();
    },
    failed: () => {
      if (!stream.destroyed) failStream(stream);
    },
  };
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
