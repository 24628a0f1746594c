import type { IncomingMessage } from 'node:http';
import type net from 'node:net';

import type { DdpSession } from '../sessions/ddp-sessions.ts';
import type { Negotiated } from './state.ts';

// oxlint-disable no-underscore-dangle -- what Meteor, SockJS, faye-websocket and permessage-deflate keep to themselves

/**
 * Every use that hand-overs make of what Meteor (2.8 to 3.5: packages ddp-server and accounts-base), SockJS 0.3.24, faye-websocket
 * 0.11 with websocket-driver 0.7, and permessage-deflate 0.1.7 do not document. All of it is probed by name before it is used.
 */

/** One message of DDP, as it is on the wire. */
export interface DdpMessage {
  msg?: string;
  id?: string;
  collection?: string;
  fields?: Record<string, unknown>;
  cleared?: string[];
  subs?: string[];
  [field: string]: unknown;
}

export interface Subscription {
  _subscriptionId: string;
  _name: string;
  _params: unknown[];
  _ready: boolean;
  _handler: unknown;
  _documents: Map<string, Set<string> | Map<string, unknown>>;
}

/** A client's connection to SockJS, as Meteor gets it. */
export interface SockJsConnection {
  _session: {
    /** A raw WebSocket's; SockJS's own stands in `recv`. */
    ws?: FayeWebSocket | null;
    recv?: { ws?: FayeWebSocket | null; connection?: net.Socket; request?: IncomingMessage } | null;
    send_buffer?: string[];
    /** Ends a session that no request waits for. */
    didTimeout?(): void;
  };
  _meteorSession?: MeteorSession | null;
  /** That of its last request. */
  url?: string;
  send(text: string): void;
  emit(event: 'data', text: string): boolean;
}

export interface MeteorSession extends DdpSession {
  id: string;
  version: string;
  userId: string | null;
  socket: SockJsConnection | null;
  connectionHandle: { id: string; close(): unknown };
  collectionViews: Map<string, { documents: Map<string, { getFields(): Record<string, unknown> }> }>;
  _namedSubs: Map<string, Subscription>;
  _universalSubs: Subscription[];
  _closeCallbacks: unknown[];
  _expectingDisconnect?: boolean;
  _startSubscription(handler: unknown, id?: string, params?: unknown[], name?: string): unknown;
}

interface Strategy {
  useDummyDocumentView?: boolean;
  useCollectionView: boolean;
  doAccountingForCollection: boolean;
}

export interface MeteorServer {
  publish_handlers: Record<string, unknown>;
  universal_publish_handlers: unknown[];
  getPublicationStrategy?(collection: string): Strategy;
  _publicationStrategies?: Record<string, Strategy>;
  options?: { defaultPublicationStrategy?: Strategy };
  stream_server: { registration_callbacks: ((connection: SockJsConnection) => void)[] };
}

interface Ejson {
  toJSONValue(value: unknown): unknown;
  fromJSONValue(value: unknown): unknown;
}

interface Accounts {
  _getLoginToken(connection: string): string | undefined;
  _setLoginToken(user: string | null, connection: unknown, token: string | null): void;
}

interface Codec {
  close?(): void;
}

/** What compresses a WebSocket's messages. */
export interface Deflation {
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

export interface Incoming {
  rsv1: boolean;
  data: Buffer;
}
export type Processed = (this: unknown, error: unknown, message: Incoming) => void;

export interface Driver {
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

interface Packages {
  meteor?: { Meteor?: { server?: MeteorServer } };
  ejson?: { EJSON?: Ejson };
  'accounts-base'?: { Accounts?: Accounts };
}

const packages = (): Packages => (globalThis as { Package?: Packages }).Package ?? {};

export const meteorServer = (): MeteorServer | undefined => packages().meteor?.Meteor?.server;
export const ejson = (): Ejson => packages().ejson!.EJSON!;
export const accounts = (): Accounts | undefined => packages()['accounts-base']?.Accounts;

type Kind = 'function' | 'map' | 'array' | 'object' | 'string' | 'boolean' | 'number';

const is = (value: unknown, kind: Kind): boolean => {
  if (kind === 'map') return value instanceof Map;
  if (kind === 'array') return Array.isArray(value);
  if (kind === 'object') return typeof value === 'object' && value !== null;
  return typeof value === kind;
};

function lacking(where: string, value: unknown, names: Record<string, Kind>): string[] {
  if (!is(value, 'object')) return [where];
  return Object.entries(names)
    .filter(([name, kind]) => !is((value as Record<string, unknown>)[name], kind))
    .map(([name]) => `${where}.${name}`);
}

/** What this app's server lacks of what hand-overs need; empty where all is as expected. */
export function lackOfServer(): string[] {
  const server = meteorServer();
  return [
    ...lacking('EJSON', packages().ejson?.EJSON, { toJSONValue: 'function', fromJSONValue: 'function' }),
    ...lacking('server', server, {
      publish_handlers: 'object',
      universal_publish_handlers: 'array',
      stream_server: 'object',
    }),
    ...lacking('stream_server', server?.stream_server, { registration_callbacks: 'array' }),
  ];
}

/** The same of one session. */
export const lackOfSession = (session: DdpSession): string[] =>
  lacking('session', session, {
    id: 'string',
    version: 'string',
    socket: 'object',
    connectionHandle: 'object',
    collectionViews: 'map',
    _namedSubs: 'map',
    _universalSubs: 'array',
    _closeCallbacks: 'array',
    _startSubscription: 'function',
  });

/** The WebSocket below a session; undefined where it has another transport. */
export function webSocketOf({ socket }: MeteorSession): FayeWebSocket | undefined {
  const transport = socket?._session;
  return transport?.ws ?? transport?.recv?.ws ?? undefined;
}

/** The request that waits for messages of a session that polls; undefined while none does. */
export const pollOf = ({ socket }: MeteorSession): { request?: IncomingMessage } | undefined =>
  socket?._session.recv ?? undefined;

/** What a session that polls lacks. */
export const lackOfPoll = ({ socket }: MeteorSession): string[] =>
  lacking('poll', socket?._session, { send_buffer: 'array', didTimeout: 'function' });

export const lackOfWebSocket = (ws: FayeWebSocket): string[] => [
  ...lacking('websocket', ws, { _driver: 'object', _stream: 'object' }),
  ...lacking('driver', ws._driver, {
    _request: 'object',
    _extensions: 'object',
    _stage: 'number',
    _reader: 'object',
    readyState: 'number',
  }),
  ...lacking('reader', ws._driver._reader, { _queueSize: 'number' }),
  ...lacking('pipeline', ws._driver._extensions._pipeline, { _cells: 'array' }),
  ...lacking('extensions', ws._driver._extensions, {
    _sessions: 'array',
    processIncomingMessage: 'function',
  }),
];

/** What compresses it: undefined: nothing does; null: something unknown changes its messages. */
export function deflationOf({
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
