import type net from 'node:net';

/**
 * What one end of a stream says to the other, in this order. A stream is a client's connection as another worker sees it:
 * one end holds the client, at the other the app serves it. Whatever carries it (memory, a UNIX socket) keeps the order,
 * changes nothing, and never throws.
 */
export interface StreamEnd {
  /** At most as many bytes as `credit` allows. */
  data(bytes: Buffer): void;
  /** The connection ends with the answer to the request whose head follows: the app is to say so. */
  last(): void;
  /** The app has got the request that follows the one before. */
  began(): void;
  /** The answer to the oldest request that began is complete; `last`: the connection ends with it. */
  answered(status: number, last: boolean): void;
  /** So many bytes of what this end was sent have been used. */
  credit(bytes: number): void;
  /** No more data follows (a FIN). */
  end(): void;
  /** The connection is over; what was said before still counts. */
  abort(): void;
  /** Nobody is at the other end any more, or it needs the stream no longer: of the connection that says nothing. */
  gone(): void;
}

/** Bytes that may be under way in one direction of a stream before the other end has used them. */
export const windowBytes = 256 * 1024;

/** Credit is told in portions of so many bytes. */
export const creditBytes = windowBytes / 4;

/** Opens a stream for a client; gives the other end, which serves it. */
export type OpenStream = (client: net.Socket, end: StreamEnd) => StreamEnd;
