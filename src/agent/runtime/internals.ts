import type { ServerResponse } from 'node:http';
import type net from 'node:net';

import { fault } from './guard.ts';
import { mostOfHead, OutgoingMessage, Server, Socket } from './originals.ts';

/**
 * Every use of what Node does not document stands in this file; `missingInternals` names what a Node lacks.
 * All of it is the same in Node 14 to 26.
 */

/** The libuv handle of a socket (`TCP` or `Pipe`). */
export interface Handle {
  reading: boolean;
  readStart(): number;
  readStop(): number;
  close(): void;
}

interface SocketInternals {
  _handle: Handle | null;
  _server: ServerInternals | null;
  server: ServerInternals | null;
  _httpMessage?: unknown;
  parser?: { incoming?: unknown } | null;
}

interface ServerInternals {
  _connections: number;
  pauseOnConnect: boolean;
  allowHalfOpen: boolean;
  noDelay?: boolean;
  keepAlive?: boolean;
  keepAliveInitialDelay?: number;
  highWaterMark?: number;
}

const inside = (socket: net.Socket): SocketInternals => socket as unknown as SocketInternals;
const insideServer = (server: net.Server): ServerInternals => server as unknown as ServerInternals;

/** What this Node lacks of the internals that moving sockets needs; empty on every Node that was tried. */
export function missingInternals(): string[] {
  const server = insideServer(new Server());
  const socket = new Socket();
  const missing: string[] = [];
  if (typeof server._connections !== 'number') missing.push('net.Server._connections');
  if (!('_handle' in socket)) missing.push('net.Socket._handle');
  if (!('_server' in socket)) missing.push('net.Socket._server');
  return missing;
}

export const handleOf = (socket: net.Socket): Handle | null => inside(socket)._handle;

/** Only what libuv reads by itself can travel: TCP and UNIX sockets, not TLS. */
export const canTravel = (socket: net.Socket): boolean =>
  !('encrypted' in socket && socket.encrypted) && typeof handleOf(socket)?.readStop === 'function';

/**
 * Stops reading at the handle. `socket.pause()` would not do: the stream goes on filling its buffer, and what
 * it swallows is lost to whoever gets the socket. `reading` stays true, or the stream would start again itself.
 */
export function stopReading(socket: net.Socket): void {
  const handle = handleOf(socket);
  if (handle === null) return;
  handle.reading = true;
  handle.readStop();
}

export function startReading(socket: net.Socket): void {
  const handle = handleOf(socket);
  if (handle === null) return;
  handle.reading = true;
  handle.readStart();
}

/** A socket on a handle that another process accepted, as `server` itself would have made it. */
export function socketOn(handle: Handle, server: net.Server): net.Socket {
  const { allowHalfOpen, noDelay, keepAlive, keepAliveInitialDelay } = insideServer(server);
  const socket = new Socket({ handle, allowHalfOpen, readable: true, writable: true } as never);
  if (noDelay) socket.setNoDelay(true);
  if (keepAlive) socket.setKeepAlive(true, (keepAliveInitialDelay ?? 0) * 1000);
  return socket;
}

/** The connection that a TLS socket was put on. */
export const parentOf = (socket: net.Socket): net.Socket =>
  (socket as unknown as { _parent?: net.Socket | null })._parent ?? socket;

/** False when the client of a TCP connection is gone for good, even where Node has not noticed. */
export function hasPeer(socket: net.Socket): boolean {
  const handle = handleOf(parentOf(socket)) as { getpeername?: (out: object) => number } | null;
  return handle?.getpeername === undefined || handle.getpeername({}) === 0;
}

/** How many bytes the kernel has taken of what was written to a connection, over TLS encrypted ones; else undefined. */
export function takenByKernel(socket: net.Socket): number | undefined {
  const handle = handleOf(parentOf(socket)) as { bytesWritten?: number; writeQueueSize?: number } | null;
  const { bytesWritten, writeQueueSize } = handle ?? {};
  return bytesWritten === undefined || writeQueueSize === undefined
    ? undefined
    : bytesWritten - writeQueueSize;
}

/** The options with which another server accepts connections as `server` would. */
export function acceptOptions(server: net.Server): net.ServerOpts {
  const { allowHalfOpen, pauseOnConnect, noDelay, keepAlive, keepAliveInitialDelay, highWaterMark } =
    insideServer(server);
  return {
    allowHalfOpen,
    pauseOnConnect,
    ...(noDelay === undefined ? {} : { noDelay }),
    ...(keepAlive === undefined ? {} : { keepAlive }),
    ...(keepAliveInitialDelay === undefined ? {} : { keepAliveInitialDelay: keepAliveInitialDelay * 1000 }),
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
  };
}

/** Has a server that listens accept connections as `model` would from now on. */
export function acceptAs(server: net.Server, model: net.Server): void {
  const { allowHalfOpen, pauseOnConnect, noDelay, keepAlive, keepAliveInitialDelay, highWaterMark } =
    insideServer(model);
  Object.assign(insideServer(server), {
    allowHalfOpen,
    pauseOnConnect,
    noDelay,
    keepAlive,
    keepAliveInitialDelay,
    highWaterMark,
  });
}

/** Makes a connection count as `server`'s: `close()` waits for it, `getConnections()` includes it. */
export function adopt(socket: net.Socket, server: net.Server): void {
  const before = inside(socket)._server;
  if (before) before._connections -= 1;
  inside(socket)._server = insideServer(server);
  inside(socket).server = insideServer(server);
  insideServer(server)._connections += 1;
}

/** Until Node 20 a limit of 0 is none; from 21 on it lets nobody in. */
const zeroIsALimit = Number.parseInt(process.versions.node, 10) >= 21;

/** Node enforces `maxConnections` where it accepts; for the connections that we accept we do. */
export function isFull(server: net.Server): boolean {
  const { maxConnections } = server as { maxConnections?: number | null };
  if (maxConnections == null || (maxConnections === 0 && !zeroIsALimit)) return false;
  return insideServer(server)._connections >= maxConnections;
}

export const connectionCount = (server: net.Server): number => insideServer(server)._connections;

/** No response is being written and no request being read on this HTTP connection. */
export const betweenRequests = (socket: net.Socket): boolean =>
  !inside(socket)._httpMessage && !inside(socket).parser?.incoming;

/** An HTTP/1 parser of Node reads this connection: it is none of another protocol, and was not upgraded. */
export const speaksHttp1 = (socket: net.Socket): boolean => Boolean(inside(socket).parser);

/** While Node reads a head: what its parser was given last, and so has read, ends with `head`, or is the end of it. */
export function isReadUpTo(socket: net.Socket, head: Buffer): boolean {
  const parser = inside(socket).parser as { getCurrentBuffer?: () => Buffer } | null | undefined;
  const read = parser?.getCurrentBuffer?.();
  return read !== undefined && read.length > 0 && head.subarray(-read.length).equals(read);
}

/** Part of an answer has been written on this HTTP connection, and the rest has not. */
export const answerBegan = (socket: net.Socket): boolean =>
  Boolean((inside(socket)._httpMessage as ServerResponse | null | undefined)?.headersSent);

/** The answer that is being made on an HTTP connection says `Connection: close`, if it has not begun. */
export function endAfterAnswer(socket: net.Socket): void {
  const response = inside(socket)._httpMessage as ServerResponse | null | undefined;
  if (response && !response.headersSent) response.shouldKeepAlive = false;
}

interface ResponseInternals {
  _header: string | null;
  _headerSent: boolean;
  _hasBody: boolean;
  _last: boolean;
  chunkedEncoding: boolean;
  _storeHeader?: (firstLine: string, headers: unknown) => void;
}

/** As they were before an app could change them. */
const { _writeRaw: writeRaw, end: endMessage } = OutgoingMessage.prototype as unknown as Record<
  '_writeRaw' | 'end',
  (...args: unknown[]) => unknown
>;

/**
 * Writes bytes of a response that somebody else made, head included, in the place of this response: behind those to
 * earlier requests of its connection. `written` is called when the kernel has them, or never.
 */
export function writeBelow(response: ServerResponse, bytes: Buffer, written: () => void): void {
  const message = response as unknown as ResponseInternals;
  // To Node, and to whoever asks it, its head is sent.
  message._header ??= ' ';
  message._headerSent = true;
  Reflect.apply(writeRaw, response, [bytes, null, written]);
}

/** A head that is there, and adds nothing to what is written. */
const nothing = Object('') as string;

/** All of it was written; `last`: the connection ends with it. */
export function endBelow(response: ServerResponse, last: boolean): void {
  const message = response as unknown as ResponseInternals;
  // Node says that a response is finished as soon as all of its head was sent: one that waits for its turn must not be.
  const waits = response.socket === null && response.writableLength === 0;
  message._header = waits ? nothing : ' ';
  message._headerSent = !waits;
  message._hasBody = false;
  message.chunkedEncoding = false;
  message._last = last;
  Reflect.apply(endMessage, response, []);
}

/** Has its connection end with a response that is being written. */
export function endAfter(response: ServerResponse): void {
  (response as unknown as ResponseInternals)._last = true;
}

/** Its connection ends with it. */
export const isLast = (response: ServerResponse): boolean => (response as unknown as ResponseInternals)._last;

/**
 * Has the head of an answer changed between the app's writing it and Node's sending it: as the text that goes to the
 * client, which ends in an empty line. So `writeHead`, in each of its forms, is the app's and Node's affair alone. False:
 * an answer of HTTP/2 has no such text.
 */
export function onHead(response: ServerResponse, change: (head: string) => string): boolean {
  const internals = response as unknown as ResponseInternals;
  const { _storeHeader: store } = internals;
  if (typeof store !== 'function') return false;
  internals._storeHeader = function (this: ResponseInternals) {
    Reflect.apply(store, this, arguments as never);
    try {
      if (!this._headerSent && typeof this._header === 'string') this._header = change(this._header);
    } catch (error) {
      fault('head', error);
    }
  };
  return true;
}

/** What the head of an answer says, or will say; `field` is '' for one that is not there. */
export function sentHead(response: ServerResponse): { status: number; field: (name: string) => string } {
  const { _header: head } = response as unknown as ResponseInternals;
  const sent = (name: string): string => new RegExp(`^${name}: *(.*)$`, 'im').exec(head!)?.[1]?.trim() ?? '';
  // Not even `getHeader` knows the fields that only `writeHead` was given.
  const field = head ? sent : (name: string): string => String(response.getHeader(name) ?? '');
  return { status: response.statusCode, field };
}

/** All earlier requests of this connection were answered: what is written now is this response. */
export const isAnsweredNext = (socket: net.Socket, response: unknown): boolean =>
  inside(socket)._httpMessage === response;

/**
 * Has `server` take a connection whose heads were parsed once already, and fitted: its own limit must not refuse what came
 * to be a little longer.
 */
export function withRoomForHead(server: net.Server, take: () => void): void {
  const limited = server as { maxHeaderSize?: number | undefined };
  const { maxHeaderSize } = limited;
  limited.maxHeaderSize = (maxHeaderSize || mostOfHead) + roomForHead;
  try {
    take();
  } finally {
    limited.maxHeaderSize = maxHeaderSize;
  }
}
const roomForHead = 4096;

/** Node's own reader of the IPC channel has called `callee`, and no code of the app. */
export function calledByChannel(callee: () => void): boolean {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const place: { stack?: unknown } = {};
  Error.stackTraceLimit = 1;
  Error.prepareStackTrace = (_error, sites) => sites;
  Error.captureStackTrace(place, callee);
  const [caller] = place.stack as NodeJS.CallSite[];
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return /internal\/child_process/.test(caller?.getFileName() ?? '');
}
