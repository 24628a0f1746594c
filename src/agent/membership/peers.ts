import type { IncomingMessage } from 'node:http';
import type net from 'node:net';
import type tls from 'node:tls';

import type { Addresses } from '../../protocol/messages.ts';
import type { Acquaintance } from '../sessions/browsers.ts';
import type { StreamEnd } from '../carrier/stream.ts';
import { UnixCarrier } from '../carrier/unix-carrier.ts';
import { VirtualSocket } from '../carrier/virtual-socket.ts';
import { addressesIn, presentAs, presentEncryption, type Encryption } from '../connection/addresses.ts';
import { isFull } from '../runtime/internals.ts';
import { guarded } from '../runtime/guard.ts';
import { connectTo, hear, listenOn, serverOf } from '../runtime/sockets.ts';
import { clearTimeout, setTimeout } from '../runtime/timers.ts';
import { sessionOf } from '../sessions/sessions.ts';
import { chmodSync } from '../runtime/originals.ts';

/** What one worker may ask another, over a connection that it forwards nothing through. */
export type PeerQuestion =
  /** `connects`: it has opened a WebSocket, which is not placed yet. */
  { browser: string; connects?: boolean } | { session: string };

/** What a peer says first of a connection: one line of JSON, ahead of what the connection carries. */
export interface Opening extends Addresses, Encryption {
  encrypted?: boolean;
  allowHalfOpen?: boolean;
  /** The worker that forwards for a client: what follows are frames. The supervisor's own requests come from none. */
  via?: number;
  /** Nothing is forwarded: the peer asks what this worker knows. */
  question?: PeerQuestion;
  /** It hands a live session over, which is called so. */
  handOver?: string;
}

/** Whose connection a stream is. */
export function openingOf(client: net.Socket): Opening {
  const { remoteAddress, remotePort, remoteFamily, localAddress, localPort, allowHalfOpen } = client;
  const opening = { remoteAddress, remotePort, remoteFamily, localAddress, localPort, allowHalfOpen };
  if (!('encrypted' in client)) return opening;
  const { alpnProtocol, servername } = client as Partial<tls.TLSSocket>;
  return { ...opening, encrypted: true, alpnProtocol, servername } as Opening;
}

/** The connection of an opening, as the app here gets it. */
export function virtualSocket(opening: Opening, peer: StreamEnd): VirtualSocket {
  const socket = new VirtualSocket(peer, opening.allowHalfOpen === true);
  presentAs(socket, addressesIn(opening));
  if (opening.encrypted) presentEncryption(socket, opening);
  return socket;
}

const patienceMs = 1_000;

/** What a peer that has ended knows. */
const nothing: Acquaintance = { lives: false, wasLost: false };
const nobodyListens = new Set(['ECONNREFUSED', 'ENOENT']);

/** Asks a peer what it knows of a browser or a long-poll session; undefined when it lives and does not answer in time. */
export function askPeer(path: string, question: PeerQuestion): Promise<Acquaintance | undefined> {
  return new Promise((resolve) => {
    const socket = connectTo(path);
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
    hear(socket, 'close', done);
    socket.write(`${JSON.stringify({ question })}\n`);
  });
}

/** Whether the long-poll session of a request lives in a peer. One that does not answer may have it, and is waited for. */
export async function livesIn(path: string, { url }: IncomingMessage): Promise<boolean> {
  const session = sessionOf(url!);
  return session !== undefined && (await askPeer(path, { session }))?.lives !== false;
}

function parsed(text: string): Acquaintance | undefined {
  try {
    return JSON.parse(text) as Acquaintance;
  } catch {
    return undefined;
  }
}

const longestPreamble = 4096;

function readPreamble(socket: net.Socket, done: (opening: Opening, rest: Buffer) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  // Who has ended before it said anything (it died) says nothing any more, and a half of its connection would stay.
  const gone = guarded('socket', () => socket.destroy());
  const read = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf(10);
    if (end < 0) {
      if (bytes.length > longestPreamble) socket.destroy();
      return;
    }
    socket.removeListener('data', read).removeListener('end', gone);
    let opening: Opening;
    try {
      opening = JSON.parse(bytes.toString('utf8', 0, end)) as Opening;
    } catch {
      socket.destroy(); // no peer of ours
      return;
    }
    done(opening, bytes.subarray(end + 1));
  };
  socket.on('data', read).on('end', gone);
}

/** What becomes of a peer's connection. */
export interface PeerArrivals {
  /** It is HTTP itself: the supervisor asks whether the app is well. */
  plain(socket: net.Socket, opening: Opening, bytes: Buffer): void;
  /** It carries a stream for a client; `peer` is the peer's end of it. */
  stream(opening: Opening, peer: StreamEnd): StreamEnd;
  about(question: PeerQuestion): Acquaintance;
  handOver(name: string, talk: net.Socket, rest: Buffer): void;
}

/**
 * Listens for the peers, in a folder that only workers can enter: so what its connections say of the client
 * is trusted, and what they ask for is not forwarded again.
 */
export function listenForPeers(path: string, app: () => net.Server, arrivals: PeerArrivals): net.Server {
  const server = serverOf({ allowHalfOpen: true }, (socket) => {
    if (isFull(app())) {
      socket.destroy();
      return;
    }
    socket.on('error', () => {});
    readPreamble(socket, (opening, rest) => {
      if (opening.question !== undefined) socket.end(JSON.stringify(arrivals.about(opening.question)));
      else if (opening.handOver !== undefined) arrivals.handOver(opening.handOver, socket, rest);
      else if (opening.via === undefined) arrivals.plain(socket, opening, rest);
      else {
        const carrier = new UnixCarrier(socket);
        carrier.deliver(arrivals.stream(opening, carrier.peer), rest);
      }
    });
  });
  listenOn(server, path, 4096);
  chmodSync(path, 0o600);
  server.unref();
  return server;
}
