import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type net from 'node:net';

import { sentContinue, setHead } from './internals.ts';
import { headBytes, headText, rawField } from './request-head.ts';
import { connectSibling, type Route } from './siblings.ts';

/** Connection headers belong to one hop, and each hop writes its own (RFC 9110, 7.6.1). */
const ofOneHop = new Set(['connection', 'keep-alive']);

const pairs = (raw: readonly string[], without: ReadonlySet<string>): [string, string][] => {
  const result: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) {
    if (!without.has(raw[i]!.toLowerCase())) result.push([raw[i]!, raw[i + 1]!]);
  }
  return result;
};

const none: ReadonlySet<string> = new Set();
/** A request that expects 100 would be sent before its head can be set. */
const expectation = new Set(['expect']);

/** Copies the sibling's answer, headers in their order, body to the byte. */
function answer(
  upstream: IncomingMessage,
  request: IncomingMessage,
  response: ServerResponse,
  endsConnection: boolean,
): void {
  const oldClient = request.httpVersionMinor === 0;
  const dropped = oldClient ? new Set([...ofOneHop, 'transfer-encoding']) : ofOneHop;
  const framed =
    rawField(upstream.rawHeaders, 'transfer-encoding') ?? rawField(upstream.rawHeaders, 'content-length');
  response.sendDate = false;
  if (framed === undefined) response.removeHeader('transfer-encoding');
  if (endsConnection) response.shouldKeepAlive = false;
  response.writeHead(
    upstream.statusCode!,
    upstream.statusMessage,
    pairs(upstream.rawHeaders, dropped) as never,
  );
  // Not flushHeaders(), which would write them as UTF-8.
  response.write('', 'latin1');
  upstream.pipe(response, { end: false });
  upstream.on('end', () => {
    if (upstream.rawTrailers.length > 0) response.addTrailers(pairs(upstream.rawTrailers, none));
    response.end();
  });
  upstream.on('aborted', () => request.socket.destroy());
}

function informational(info: http.InformationEvent, response: ServerResponse): void {
  if (info.statusCode === 100 || response.headersSent || !response.socket) return;
  let text = `HTTP/1.1 ${info.statusCode} ${info.statusMessage}\r\n`;
  for (const [name, value] of pairs(info.rawHeaders, none)) text += `${name}: ${value}\r\n`;
  response.socket.write(`${text}\r\n`, 'latin1');
}

/**
 * Has a sibling answer a request. `serveHere` is called instead when it is gone, as long as nothing of the
 * request is lost by that. `endsConnection` says, when the answer comes, whether the
 * client's connection ends with it: the next one moves.
 */
export function forwardRequest(
  route: Route,
  request: IncomingMessage,
  response: ServerResponse,
  endsConnection: () => boolean,
  serveHere: () => void,
): void {
  const socket = connectSibling(route, request.socket);
  const unframed =
    rawField(request.rawHeaders, 'transfer-encoding') ?? rawField(request.rawHeaders, 'content-length');
  const repeatable = unframed === undefined && (request.method === 'GET' || request.method === 'HEAD');
  const failedToConnect = (): void => serveHere();
  socket.once('error', failedToConnect);
  socket.once('connect', () => {
    socket.removeListener('error', failedToConnect);
    const upstream = http.request({
      createConnection: () => socket,
      method: request.method!,
      path: request.url!,
      headers: pairs(request.rawHeaders, expectation) as never,
      setHost: false,
    });
    setHead(upstream, headText(request));
    if (unframed === undefined) upstream.useChunkedEncodingByDefault = false;
    upstream.on('continue', () => {
      if (!sentContinue(response)) response.writeContinue();
    });
    upstream.on('information', (info) => informational(info, response));
    upstream.on('response', (message) => answer(message, request, response, endsConnection()));
    upstream.on('upgrade', (_message, other) => other.destroy());
    upstream.on('error', () => {
      if (repeatable && !response.headersSent && !response.destroyed) serveHere();
      else request.socket.destroy();
    });
    response.on('close', () => {
      if (!response.writableFinished) upstream.destroy();
    });
    request.pipe(upstream, { end: false });
    request.on('end', () => {
      if (request.rawTrailers.length > 0) upstream.addTrailers(pairs(request.rawTrailers, none));
      upstream.end();
    });
  });
}

/** Has a sibling take an upgraded connection that cannot move (TLS). `serveHere` when the sibling is gone. */
export function forwardUpgrade(
  route: Route,
  request: IncomingMessage,
  client: net.Socket,
  head: Buffer,
  serveHere: () => void,
): void {
  const socket = connectSibling(route, client);
  const failedToConnect = (): void => serveHere();
  socket.once('error', failedToConnect);
  socket.once('connect', () => {
    socket.removeListener('error', failedToConnect);
    socket.write(Buffer.concat([headBytes(request), head]));
    for (const [from, to] of [[client, socket] as const, [socket, client] as const]) {
      from.on('error', () => to.destroy());
      from.on('close', () => to.end());
      from.pipe(to);
    }
  });
}
