import type { IncomingMessage } from 'node:http';
import type net from 'node:net';

import { builtin } from '../../runtime/builtin.ts';
import type { Negotiated } from '../state/state.ts';
import { lacking } from './probe.ts';

// oxlint-disable no-underscore-dangle -- what these packages keep to themselves

/** Every use of what faye-websocket 0.11, websocket-driver 0.7 and permessage-deflate 0.1.7 do not document. */

interface Codec {
  close?(): void;
}

/** What compresses a WebSocket's messages. */
interface Deflation {
  _inflate?: unknown;
  _deflate?: Codec | null;
  _peerContextTakeover: boolean;
  _ownContextTakeover: boolean;
  _peerWindowBits: number;
  _ownWindowBits: number;
}

/** How many messages are being changed, one way and the other. */
interface Cell {
  _functors: Record<'incoming' | 'outgoing', { pending: number }>;
}

interface Extensions {
  _pipeline: { _cells: Cell[] };
  _sessions: [{ name: string }, Deflation][];
  processIncomingMessage(message: Incoming, callback: Processed, context: unknown): void;
}

interface Incoming {
  rsv1: boolean;
  data: Buffer;
}
type Processed = (this: unknown, error: unknown, message: Incoming) => void;

interface Driver {
  _request: IncomingMessage;
  _extensions: Extensions;
  _stage: number;
  _frame?: unknown;
  _message?: unknown;
  _reader: { _queueSize: number };
  protocol?: string | null;
  readyState: number;
}

export interface FayeWebSocket {
  _driver: Driver;
  _stream: net.Socket;
}

export const lackOfWebSocket = (ws: FayeWebSocket): string[] => [
  ...lacking('websocket', ws, { _driver: 'object', _stream: 'object' }),
  ...lacking('driver', ws._driver, {
    _request: 'object',
    _extensions: 'object',
    _stage: 'number',
    _reader: 'object',
    readyState: 'number',
  }),
  ...lacking('reader', ws._driver?._reader, { _queueSize: 'number' }),
  ...lacking('pipeline', ws._driver?._extensions?._pipeline, { _cells: 'array' }),
  ...lacking('extensions', ws._driver?._extensions, {
    _sessions: 'array',
    processIncomingMessage: 'function',
  }),
];

/** What compresses it: undefined: nothing does; null: something unknown changes its messages. */
function deflationOf({
  _driver: {
    _extensions: { _sessions: sessions },
  },
}: FayeWebSocket): Deflation | undefined | null {
  if (sessions.length === 0) return undefined;
  const [[extension, session]] = sessions as [[{ name: string }, Deflation]];
  if (sessions.length > 1 || extension.name !== 'permessage-deflate') return null;
  const takeover = { _peerContextTakeover: 'boolean', _ownContextTakeover: 'boolean' } as const;
  const bits = { _peerWindowBits: 'number', _ownWindowBits: 'number' } as const;
  return lacking('deflate', session, { ...takeover, ...bits }).length === 0 ? session : null;
}

const pending = (
  { _driver: { _extensions: extensions } }: FayeWebSocket,
  way: 'incoming' | 'outgoing',
): number =>
  // oxlint-disable-next-line unicorn/no-array-reduce -- one or none
  extensions._pipeline._cells.reduce((sum, { _functors: functors }) => sum + functors[way].pending, 0);

/** All that was read of the client has been parsed, and is whole messages. */
export function isBetweenMessages(ws: FayeWebSocket): boolean {
  const { _stage: stage, _frame: frame, _message: message, _reader: reader } = ws._driver;
  return stage === 0 && !frame && !message && reader._queueSize === 0 && pending(ws, 'incoming') === 0;
}

/** All that was said to the client has come to its socket, compressed. */
export const isFlushed = (ws: FayeWebSocket): boolean => pending(ws, 'outgoing') === 0;

export function negotiated(ws: FayeWebSocket): Negotiated {
  const deflation = deflationOf(ws);
  return { protocol: ws._driver.protocol ?? null, deflate: deflation ? shapeOf(deflation) : null };
}

const shapeOf = (deflation: Deflation): NonNullable<Negotiated['deflate']> => ({
  ownTakeover: deflation._ownContextTakeover,
  peerTakeover: deflation._peerContextTakeover,
  ownBits: deflation._ownWindowBits,
  peerBits: deflation._peerWindowBits,
});

/** The connection that it has, and the request that it began with. */
export const streamOf = ({ _stream: stream }: FayeWebSocket): net.Socket => stream;
export const requestOf = ({ _driver: { _request: request } }: FayeWebSocket): IncomingMessage => request;

/** How far back a compressed message of the client may refer to earlier ones, in bytes; undefined: nothing is known of that. */
export function windowSizeOf(ws: FayeWebSocket): number | undefined {
  const deflation = deflationOf(ws);
  if (!deflation) return undefined;
  return deflation._peerContextTakeover ? 1 << deflation._peerWindowBits : 0;
}

/** `keep` gets what each compressed message of the client was inflated to. */
export function hearInflated(
  { _driver: { _extensions: extensions } }: FayeWebSocket,
  keep: (bytes: Buffer) => void,
): void {
  const { processIncomingMessage: process } = extensions;
  extensions.processIncomingMessage = function (message, callback, context) {
    const compressed = message.rsv1;
    const processed: Processed = function (error, inflated) {
      if (compressed && !error) keep(inflated.data);
      Reflect.apply(callback, this, arguments as never);
    };
    Reflect.apply(process, this, [message, processed, context]);
  };
}

/** What the client sends may refer back to `window`; what it is sent refers back to nothing. */
export function goOnFrom(ws: FayeWebSocket, window: Buffer): void {
  const deflation = deflationOf(ws);
  if (!deflation) return;
  deflation._deflate?.close?.();
  deflation._deflate = null;
  if (!deflation._peerContextTakeover) return;
  const windowBits = Math.max(deflation._peerWindowBits, smallestWindowBits);
  const dictionary = window.length === 0 ? {} : { dictionary: window };
  deflation._inflate = builtin('zlib').createInflateRaw({ windowBits, ...dictionary });
}

/** zlib has no smaller one for raw deflate. */
const smallestWindowBits = 9;

/** Something changes its messages that is not known here. */
export const hasUnknownExtension = (ws: FayeWebSocket): boolean => deflationOf(ws) === null;
