import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { connect, type Socket } from 'node:net';
import { WebSocket, type PerMessageDeflateOptions } from 'ws';
import type { CookieJar } from './cookie-jar.ts';
import { openSockjs } from './sockjs-socket.ts';

/** `raw` is `/websocket`; the others are SockJS's, each forced. */
export type Transport = 'raw' | 'websocket' | 'xhr-streaming' | 'xhr-polling';
export const transports: readonly Transport[] = ['raw', 'websocket', 'xhr-streaming', 'xhr-polling'];

export interface SocketEvents {
  open(): void;
  text(text: string): void;
  close(code: number, reason: string): void;
}

export interface TextSocket {
  send(text: string): void;
  close(): void;
  /** Breaks the connection without a word, as a lost network does. */
  drop(): void;
}

export interface SocketOptions {
  transport: Transport;
  jar: CookieJar | undefined;
  headers: Record<string, string>;
  /** A UNIX socket to connect to instead of the URL's host and port; for `raw` only. */
  socketPath?: string | undefined;
  /** A connection that is open already; for `raw` only. */
  socket?: Socket | undefined;
  /** Has the messages compressed, as it says; for `raw` and `websocket`. */
  deflate?: PerMessageDeflateOptions | undefined;
  /** Milliseconds. */
  timeout: number;
}

/** Opens a socket to the app at `base` (ROOT_URL, without a slash at the end). */
export function openSocket(base: string, options: SocketOptions, events: SocketEvents): TextSocket {
  const { transport, deflate } = options;
  if (transport === 'raw') return openWebSocket(`${base}/websocket`, options, events);
  // SockJS's own client never compresses.
  if (transport === 'websocket' && deflate !== undefined) return openCompressedSockjs(base, options, events);
  return openSockjs(base, options, events);
}

function openCompressedSockjs(base: string, options: SocketOptions, events: SocketEvents): TextSocket {
  const session = randomBytes(4).toString('hex');
  const socket = openWebSocket(`${base}/sockjs/000/${session}/websocket`, options, {
    open: () => {},
    text: (frame) => {
      if (frame === 'o') events.open();
      else if (frame.startsWith('a')) for (const text of JSON.parse(frame.slice(1))) events.text(text);
    },
    close: events.close,
  });
  return { ...socket, send: (text) => socket.send(JSON.stringify([text])) };
}

function openWebSocket(address: string, options: SocketOptions, events: SocketEvents): TextSocket {
  const url = address.replace(/^http/, 'ws');
  const cookie = options.jar?.header(new URL(url).pathname);
  const socket = new WebSocket(url, {
    headers: { ...options.headers, ...(cookie === undefined ? {} : { cookie }) },
    handshakeTimeout: options.timeout,
    perMessageDeflate: options.deflate ?? false,
    ...(options.socketPath === undefined ? {} : { agent: agentOver(options.socket ?? options.socketPath) }),
  });
  let problem = '';
  socket.on('upgrade', (response) => options.jar?.store(response.headers['set-cookie']));
  socket.on('open', () => events.open());
  socket.on('message', (data: Buffer) => events.text(data.toString()));
  socket.on('error', (error) => (problem = error.message));
  socket.on('close', (code, reason) => events.close(code, reason.toString() || problem));
  return {
    send: (text) => socket.send(text),
    close: () => socket.close(1000),
    drop: () => socket.terminate(),
  };
}

function agentOver(socket: Socket | string): http.Agent {
  const agent = new http.Agent();
  agent.createConnection = () => (typeof socket === 'string' ? connect(socket) : socket);
  return agent;
}
