import { chmodSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import net from 'node:net';

import type { Addresses } from '../protocol/messages.ts';
import { presentAs } from './addresses.ts';
import type { Acquaintance } from './browsers.ts';
import { isFull } from './internals.ts';
import { sessionOf } from './sessions.ts';

/** What one worker may ask another, over a connection that it forwards nothing through. */
export type SiblingQuestion = { browser: string } | { session: string };

/** Where a request is forwarded: the worker that does so, and the socket of the other one. */
export interface Route {
  from: number;
  to: string;
}

/** What a sibling says of the connection that it forwards for: one line of JSON ahead of the HTTP bytes. */
interface Origin extends Addresses {
  encrypted: boolean;
  /** The worker that forwards. */
  via?: number;
  /** The worker itself connects, for a stream of HTTP/2: nobody has looked yet where its requests belong. */
  stream?: true;
  /** Nothing is forwarded: the sibling asks what this worker knows. */
  question?: SiblingQuestion;
}

const origin = (socket: net.Socket): Origin => ({
  remoteAddress: socket.remoteAddress,
  remotePort: socket.remotePort,
  remoteFamily: socket.remoteFamily,
  localAddress: socket.localAddress,
  localPort: socket.localPort,
  encrypted: 'encrypted' in socket,
});

/** Opens a connection to a sibling on behalf of `client`. */
export function connectSibling({ from, to }: Route, client: net.Socket): net.Socket {
  const socket = net.connect({ path: to, allowHalfOpen: true });
  socket.write(`${JSON.stringify({ ...origin(client), via: from })}\n`);
  return socket;
}

/** Opens a connection to this worker's own app, for streams of `client`. */
export function connectStream(path: string, client: net.Socket): net.Socket {
  const socket = net.connect(path);
  socket.write(`${JSON.stringify({ ...origin(client), stream: true })}\n`);
  return socket;
}

const patienceMs = 1_000;

/** What a sibling that has ended knows. */
const nothing: Acquaintance = { lives: false, wasLost: false };
const nobodyListens = new Set(['ECONNREFUSED', 'ENOENT']);

/** Asks a sibling what it knows of a browser or a long-poll session; undefined when it lives and does not answer in time. */
export function askSibling(path: string, question: SiblingQuestion): Promise<Acquaintance | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(path);
    let text = '';
    const done = (): void => {
      clearTimeout(timer);
      resolve(parsed(text));
    };
    const timer = setTimeout(() => socket.destroy(), patienceMs);
    socket.setEncoding('utf8').on('data', (more: string) => (text += more));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (nobodyListens.has(code!)) text = JSON.stringify(nothing);
    });
    socket.on('close', done);
    socket.write(`${JSON.stringify({ question })}\n`);
  });
}

/** Whether the long-poll session of a request lives in a sibling. */
export async function livesIn(path: string, { url }: IncomingMessage): Promise<boolean> {
  const session = sessionOf(url!);
  return session !== undefined && (await askSibling(path, { session }))?.lives === true;
}

function parsed(text: string): Acquaintance | undefined {
  try {
    return JSON.parse(text) as Acquaintance;
  } catch {
    return undefined;
  }
}

const longestPreamble = 4096;

function readPreamble(socket: net.Socket, done: (origin: Origin, rest: Buffer) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf(10);
    if (end < 0) {
      if (bytes.length > longestPreamble) socket.destroy();
      return;
    }
    socket.removeListener('data', read);
    let from: Origin;
    try {
      from = JSON.parse(bytes.toString('utf8', 0, end)) as Origin;
    } catch {
      socket.destroy(); // no sibling of ours
      return;
    }
    done(from, bytes.subarray(end + 1));
  };
  socket.on('data', read);
}

/**
 * Listens for the siblings, in a folder that only workers can enter: so what its connections say of the client
 * is trusted, and what they ask for is not forwarded again. `serve` is told whether a connection is one for streams, and
 * which worker forwards it (the supervisor's own requests come from none).
 */
export function listenForSiblings(
  path: string,
  app: net.Server,
  serve: (socket: net.Socket, bytes: Buffer, origin: 'sibling' | 'stream', via?: number) => void,
  about: (question: SiblingQuestion) => Acquaintance,
): net.Server {
  const server = new net.Server({ allowHalfOpen: true }, (socket) => {
    if (isFull(app)) {
      socket.destroy();
      return;
    }
    socket.on('error', () => {});
    readPreamble(socket, ({ encrypted, question, via, stream, ...addresses }, rest) => {
      if (question !== undefined) {
        socket.end(JSON.stringify(about(question)));
        return;
      }
      presentAs(socket, addresses);
      if (encrypted) Object.defineProperty(socket, 'encrypted', { value: true, configurable: true });
      serve(socket, rest, stream === true ? 'stream' : 'sibling', via);
    });
  });
  server.listen(path, 4096);
  chmodSync(path, 0o600);
  server.unref();
  return server;
}
