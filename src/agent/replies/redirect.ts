import type http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';

import { markConnection } from '../connection/connection.ts';
import { refuseUpgrade } from '../http/last-answer.ts';
import { fault } from '../runtime/guard.ts';
import { hear, hearOnce } from '../runtime/sockets.ts';
import { clearTimeout, setTimeout } from '../runtime/timers.ts';
import { createHttpServer } from '../runtime/originals.ts';

/** A host name or address as a Host field may hold it (RFC 9110, 7.2), without its port. */
const hostOf = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d+)?$/i;

/** What no URL holds (RFC 3986, 2); parsers let some of it through that no field of an answer may hold. */
const notOfUrls = /[^!-~]/g;

const escaped = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;

/** Where HTTPS answers what was asked for in the clear; undefined when that cannot be told. */
export function httpsUrl(
  host: string | undefined,
  target: string | undefined,
  port: number,
): string | undefined {
  const name = hostOf.exec(host ?? '')?.[1];
  if (name === undefined || target === undefined || !target.startsWith('/')) return undefined;
  // Node reads a target as latin1: a character is a byte.
  return `https://${name}${port === 443 ? '' : `:${port}`}${target.replace(notOfUrls, escaped)}`;
}

/** One request and its answer. */
const patienceMs = 10_000;

/**
 * Sends those who come in the clear on to HTTPS; 308 keeps method and body (RFC 9110, 15.4.9). `excepted` gives
 * who answers instead, if somebody does.
 */
export function redirectServer(
  httpsPort: number,
  excepted: (request: IncomingMessage, response: ServerResponse) => (() => void) | undefined,
): http.Server {
  const redirect = (request: IncomingMessage, response: ServerResponse): void => {
    const location = httpsUrl(request.headers.host, request.url, httpsPort);
    const head = { 'Content-Length': 0, Connection: 'close' };
    if (location === undefined) response.writeHead(400, head).end();
    else response.writeHead(308, { ...head, Location: location }).end();
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    let other: (() => void) | undefined;
    try {
      other = excepted(request, response);
      if (other === undefined) redirect(request, response);
    } catch (error) {
      fault('request', error);
      request.socket.destroy();
    }
    other?.();
  };
  const server = createHttpServer(answer);
  // Who waits for a word before the body goes elsewhere with it.
  server.on('checkContinue', answer).on('checkExpectation', answer);
  server.on('connect', (_request, socket: net.Socket) =>
    refuseUpgrade(socket, 400, [['Content-Length', '0']], ''),
  );
  // Node watches only servers that listen themselves: whoever is slow has this long for all of it.
  hear(server, 'connection', (socket: net.Socket) => {
    const timer = setTimeout(() => socket.destroy(), patienceMs).unref();
    hearOnce(socket, 'close', () => clearTimeout(timer));
  });
  return server;
}

/** Whoever gets certificates past Radiant may have the app, or a folder of `static`, answer for it. */
export function answerInTheClear(
  app: net.Server,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): void {
  // One request, answered here: its connection must not come to the app's parser.
  markConnection(request.socket, 'local');
  response.shouldKeepAlive = false;
  app.emit('request', request, response);
}
