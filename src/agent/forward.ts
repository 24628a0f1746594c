import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type net from 'node:net';

import { headBytes, rawField } from './request-head.ts';
import { connectSibling } from './siblings.ts';

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

/** Copies the sibling's answer, headers in their order, body to the byte. */
function answer(upstream: IncomingMessage, response: ServerResponse, endConnection: boolean): void {
  const oldClient = response.req.httpVersionMinor === 0;
  const dropped = oldClient ? new Set([...ofOneHop, 'transfer-encoding']) : ofOneHop;
  const framed =
    rawField(upstream.rawHeaders, 'transfer-encoding') ?? rawField(upstream.rawHeaders, 'content-length');
  response.sendDate = false;
  if (framed === undefined) response.removeHeader('transfer-encoding');
  if (endConnection) response.shouldKeepAlive = false;
  response.writeHead(
    upstream.statusCode!,
    upstream.statusMessage,
    pairs(upstream.rawHeaders, dropped) as never,
  );
  response.flushHeaders();
  upstream.pipe(response, { end: false });
  upstream.on('end', () => {
    if (upstream.rawTrailers.length > 0) response.addTrailers(pairs(upstream.rawTrailers, none));
    response.end();
  });
  upstream.on('aborted', () => response.socket?.destroy());
}

function informational(info: http.InformationEvent, response: ServerResponse): void {
  if (info.statusCode === 100 || response.headersSent || !response.socket) return;
  let text = `HTTP/1.1 ${info.statusCode} ${info.statusMessage}\r\n`;
  for (const [name, value] of pairs(info.rawHeaders, none)) text += `${name}: ${value}\r\n`;
  response.socket.write(`${text}\r\n`, 'latin1');
}

/**
 * Has a sibling answer a request. `serveHere` is called instead when it is gone, as long as nothing of the
 * request is lost by that. `endConnection` ends the client's connection with the answer: the next one moves.
 */
export function forwardRequest(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  endConnection: boolean,
  serveHere: () => void,
): void {
  const socket = connectSibling(path, request.socket);
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
      headers: pairs(request.rawHeaders, none) as never,
      setHost: false,
    });
    if (unframed === undefined) upstream.useChunkedEncodingByDefault = false;
    upstream.on('information', (info) => informational(info, response));
    upstream.on('response', (message) => answer(message, response, endConnection));
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
  path: string,
  request: IncomingMessage,
  client: net.Socket,
  head: Buffer,
  serveHere: () => void,
): void {
  const socket = connectSibling(path, client);
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
