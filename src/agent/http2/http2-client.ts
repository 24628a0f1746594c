import type http2 from 'node:http2';
import type net from 'node:net';

import { TokenBucket } from '../../common/token-bucket.ts';
import type { Http2Carrier } from './http2-carrier.ts';
import type { Opened } from './http2-exchange.ts';
import { failStream, hasFailed, wasCut } from './http2-streams.ts';
import { hasPeer } from '../runtime/internals.ts';
import { lingerMs } from '../http/last-answer.ts';
import type { RefusalReason } from '../meter/refusals.ts';
import { setImmediate as unguardedImmediate, monotonicNow } from '../runtime/originals.ts';
import { hear, hearOnce } from '../runtime/sockets.ts';
import { setImmediate, setTimeout } from '../runtime/timers.ts';

/** CANCEL and ENHANCE_YOUR_CALM (RFC 9113, 7). */
const cancel = 8;
const enhanceYourCalm = 11;
/**
 * So many streams may end without an answer at once, and so many each second: as Node has it since 18.18.2 for those
 * that clients reset; here those that a client has the server reset count as well.
 */
const mostCancelled = 500;
const cancelledPerSecond = 33;
/** An answer that waits for its client may take another second for each so many bytes. */
const bytesPerSecond = 500;

export interface Http2Times {
  /** Milliseconds that a connection may be without a stream; 0: for ever. */
  idle: number;
  /** Milliseconds that a client may take nothing of an answer that is there; 0: for ever. */
  untaken: number;
}

/** A client's connection of HTTP/2, and what it may do. */
export class Http2Client {
  readonly #session: http2.ServerHttp2Session;
  readonly #socket: net.Socket;
  readonly #carrier: Http2Carrier;
  readonly #refused: (reason: RefusalReason) => void;
  /** Open streams, and when each has last taken something, or had nothing to take. */
  readonly #open = new Map<http2.ServerHttp2Stream, number>();
  readonly #cancelled = new TokenBucket(mostCancelled, cancelledPerSecond, monotonicNow);
  #fresh: Opened[] = [];
  /** When a stream was opened or closed last, or a PING answered. */
  #since = monotonicNow();
  #asked = false;
  #calmed = false;
  /** It was told to go for a reason, and is cut off soon: it hears of no other. */
  #hurried = false;

  constructor(
    session: http2.ServerHttp2Session,
    socket: net.Socket,
    carrier: Http2Carrier,
    refused: (reason: RefusalReason) => void,
  ) {
    this.#session = session;
    this.#socket = socket;
    this.#carrier = carrier;
    this.#refused = refused;
    hear(session, 'stream', (stream: http2.ServerHttp2Stream, fields: http2.IncomingHttpHeaders) =>
      this.#opened({ stream, fields }),
    );
    // Streams that wait for a client do not close with its connection (Node 14 to 26).
    hear(socket, 'close', () => this.#gone());
  }

  /** Tells it to go (GOAWAY); what it has asked for until then is answered (RFC 9113, 6.8). */
  drain(): void {
    if (!this.#session.closed && !this.#calmed) this.#session.close();
  }

  /** Ends what waits for a client that does nothing. */
  look(now: number, { idle, untaken }: Http2Times): void {
    // While it waits to write, Node does not hear that the client has gone.
    if (!hasPeer(this.#socket)) this.#socket.destroy();
    if (idle > 0 && !this.#hurried && now - this.#since > idle) this.#endOrAsk(now);
    if (untaken === 0) return;
    for (const [stream, since] of this.#open) {
      const waiting = stream.writableLength;
      if (waiting === 0) this.#open.set(stream, now);
      else if (now - since > untaken + (waiting / bytesPerSecond) * 1000) this.#cut(stream);
    }
  }

  /** Who waits for an answer says once in a while that he still does: not all that ends a session is told by Node. */
  #endOrAsk(now: number): void {
    const session = this.#session;
    if (this.#open.size === 0 || session.destroyed) this.#end();
    else if (this.#asked) this.#socket.destroy();
    else {
      this.#asked = true;
      this.#since = now;
      session.ping((error) => {
        if (error !== null) return;
        this.#asked = false;
        this.#since = monotonicNow();
      });
    }
  }

  #gone(): void {
    this.#session.destroy();
    this.#carrier.end();
  }

  /** A stream that stays open after it was cut has a client that takes nothing at all. */
  #cut(stream: http2.ServerHttp2Stream): void {
    if (hasFailed(stream)) {
      this.#socket.destroy();
      return;
    }
    this.#refused('untaken');
    failStream(stream, cancel);
  }

  /** What a client takes back at once is not asked of the app: the bytes that came together are looked at first. */
  #opened(opened: Opened): void {
    const { stream } = opened;
    this.#open.set(stream, monotonicNow());
    stream.on('error', () => {}); // it closes with it
    hear(stream, 'trailers', (trailers: http2.IncomingHttpHeaders) => (opened.trailers = trailers));
    hear(stream, 'drain', () => this.#open.set(stream, monotonicNow()));
    hearOnce(stream, 'close', () => this.#closed(stream));
    if (this.#fresh.push(opened) === 1) unguardedImmediate(() => this.#carry());
  }

  #carry(): void {
    for (const opened of this.#fresh.splice(0)) {
      const { stream } = opened;
      if (this.#calmed || stream.destroyed || stream.closed) stream.destroy();
      else this.#carrier.carry(opened);
    }
  }

  #closed(stream: http2.ServerHttp2Stream): void {
    this.#open.delete(stream);
    this.#since = monotonicNow();
    if (!wasCut(stream) || hasFailed(stream) || this.#session.destroyed) return;
    if (this.#cancelled.take() || this.#calmed) return;
    this.#calmed = true;
    this.#refused('cancelled');
    setImmediate(() => this.#calm()); // Node may be in the middle of what has come
  }

  /** What it asks for from now on is not heard. */
  #calm(): void {
    if (this.#session.destroyed) return;
    this.#session.goaway(enhanceYourCalm);
    this.#carrier.end();
    this.#hurry();
  }

  #end(): void {
    if (!this.#session.closed) this.#session.close();
    this.#hurry();
  }

  /** Who does not read the farewell does not stay for that. */
  #hurry(): void {
    this.#hurried = true;
    setTimeout(() => this.#socket.destroy(), lingerMs).unref();
  }
}
