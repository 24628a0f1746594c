import type { IncomingMessage } from 'node:http';
import type net from 'node:net';

import { lacking } from './probe.ts';

// oxlint-disable no-underscore-dangle -- what the package keeps to itself

/** Every use of what the package `ws` (7 and 8) does not document. */

export interface WsSocket {
  _socket: net.Socket;
  _receiver: { _state: number; _bufferedBytes: number; _fragmented: number };
  /** One of the two says that something is being made ready. */
  _sender: { _queue: unknown[]; _state?: number; _deflating?: boolean };
  protocol: string;
  extensions: string;
  readyState: number;
}

/** Called when a handshake is done. */
export type Upgraded = (ws: WsSocket, request: IncomingMessage) => void;

export interface WsServer {
  /** Documented: all its WebSockets come of this. */
  handleUpgrade(request: IncomingMessage, socket: unknown, head: unknown, upgraded: Upgraded): void;
}

const open = 1;

export const lackOfWsServer = (server: unknown): string[] =>
  lacking('ws server', server, { handleUpgrade: 'function' });

export const lackOfWsSocket = (ws: WsSocket): string[] => [
  ...lacking('ws', ws, { _socket: 'object', _receiver: 'object', _sender: 'object', extensions: 'string' }),
  ...lacking('ws receiver', ws._receiver, {
    _state: 'number',
    _bufferedBytes: 'number',
    _fragmented: 'number',
  }),
  ...lacking('ws sender', ws._sender, { _queue: 'array' }),
];

/** All that was read of the client has come to the app, and is whole messages. */
export const isBetweenWsMessages = ({ _receiver: receiver }: WsSocket): boolean =>
  receiver._state === 0 && receiver._bufferedBytes === 0 && receiver._fragmented === 0;

/** All that was said to the client has come to its socket. */
export const isWsFlushed = ({ _sender: sender }: WsSocket): boolean =>
  sender._queue.length === 0 && !sender._state && sender._deflating !== true;

export const isWsOpen = ({ readyState }: WsSocket): boolean => readyState === open;
export const wsSocketOf = ({ _socket: socket }: WsSocket): net.Socket => socket;
