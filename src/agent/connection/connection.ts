import type { IncomingMessage } from 'node:http';
import type net from 'node:net';
import { monotonicNow } from '../runtime/originals.ts';

/**
 * How a connection came to this worker: accepted from the public socket, on the worker's own UNIX socket (from
 * nginx, a health check), moved here from a peer, opened by a peer to forward a request, or opened by this
 * worker itself for the streams of a public HTTP/2 connection.
 */
export type Origin = 'public' | 'local' | 'moved' | 'peer' | 'stream';

/** What the agent keeps of a connection. */
export interface Connection {
  readonly origin: Origin;
  /** The peer that forwards it. */
  readonly via?: number;
  /** When it came here, by the monotonic clock in milliseconds. */
  readonly since: number;
  /** Its next request or upgrade has been looked at already and belongs here. */
  placed: boolean;
  /** Bytes read up to the first request, or to the end of the last one that had no body; -1 when it is not known. */
  boundary: number;
  /** The request that came last: others may still be answered before it. */
  latest?: IncomingMessage;
  /** The browser's id in the cookie of the WebSocket, or of the last poll, that it carries. */
  browser?: string | undefined;
}

const key = Symbol('radiant.connection');
type Marked = net.Socket & { [key]?: Connection };

export function markConnection(socket: net.Socket, origin: Origin, via?: number): Connection {
  const connection: Connection = {
    origin,
    ...(via === undefined ? {} : { via }),
    placed: origin === 'moved',
    // A PROXY header was read ahead of it; what was read with that is still to come. What a peer announces itself
    // with counts as the request that follows: such a connection is never idle before that.
    boundary: origin === 'public' ? socket.bytesRead - socket.readableLength : 0,
    since: monotonicNow(),
  };
  (socket as Marked)[key] = connection;
  return connection;
}

/** A TLS socket wraps the connection that was marked: it is looked at like one that came in public. */
export const connectionOf = (socket: net.Socket): Connection =>
  (socket as Marked)[key] ?? markConnection(socket, 'public');
