import type http2 from 'node:http2';

import { AnswerParser } from '../carrier/answer-parser.ts';
import { guardedEnd } from '../carrier/guarded-end.ts';
import { SendWindow } from '../carrier/send-window.ts';
import type { StreamEnd } from '../carrier/stream.ts';
import { bodyEnd, bodyPart, type Framing } from '../http/request-bytes.ts';
import { answerTo, rawFields, requestOf } from './http2-streams.ts';
import { lingerMs } from '../http/last-answer.ts';
import { hearOnce } from '../runtime/sockets.ts';
import { clearTimeout, setTimeout } from '../runtime/timers.ts';

/** A stream whose head has come. */
export interface Opened {
  stream: http2.ServerHttp2Stream;
  fields: http2.IncomingHttpHeaders;
  /** They may come before anybody carries the stream. */
  trailers?: http2.IncomingHttpHeaders;
}

/** A connection to the app, in memory; one request at a time. */
export class AppConnection {
  readonly #output: StreamEnd;
  readonly #window: SendWindow;
  #exchange: Http2Exchange | undefined;
  /** It serves no request any more. */
  over = false;

  constructor(connect: (end: StreamEnd) => StreamEnd) {
    const lost = (): void => {
      this.over = true;
      this.#exchange?.answerEnded();
    };
    const end = {
      data: (bytes: Buffer) => {
        if (this.#exchange === undefined) return;
        this.#exchange.answer(bytes, () => this.#output.credit(bytes.length));
      },
      last: () => {},
      began: () => {},
      answered: (_status: number, last: boolean) => {
        if (last) this.over = true;
        this.#exchange?.answerEnded();
      },
      credit: (bytes: number) => this.#window.credit(bytes),
      end: lost,
      abort: lost,
      gone: lost,
    };
    this.#output = connect(guardedEnd(end, { destroy: () => this.#fail() }));
    this.#window = new SendWindow(this.#output);
  }

  #fail(): void {
    this.#exchange?.fail();
    this.close();
  }

  begin(exchange: Http2Exchange): void {
    this.#exchange = exchange;
  }

  send(bytes: Buffer, sent: () => void): void {
    this.#window.send(bytes, sent);
  }

  /** Nobody waits for what it serves. */
  close(): void {
    this.over = true;
    this.#exchange = undefined;
    this.#output.gone();
  }
}

/** One stream of HTTP/2, asked of the app as a request of HTTP/1.1. */
export class Http2Exchange {
  readonly #opened: Opened;
  readonly #connection: AppConnection;
  readonly #parser: AnswerParser;
  /** `free`: the connection may be used again. */
  readonly #done: (free: boolean) => void;
  /** The request went out whole, and nothing behind it. */
  #whole = false;
  #answered = false;

  constructor(opened: Opened, connection: AppConnection, done: (free: boolean) => void) {
    this.#opened = opened;
    this.#connection = connection;
    this.#done = done;
    const { stream, fields } = opened;
    this.#parser = new AnswerParser(fields[':method'] === 'HEAD', answerTo(stream));
  }

  /** False when HTTP/1.1 cannot say that. */
  start(): boolean {
    const { stream, fields } = this.#opened;
    const bodiless = (stream as { endAfterHeaders?: boolean }).endAfterHeaders === true;
    const request = requestOf(fields, bodiless);
    if (request === undefined) return false;
    this.#connection.begin(this);
    hearOnce(stream, 'close', () => this.#streamClosed());
    const { head, framing, length } = request;
    this.#connection.send(head, () => {});
    if (stream.destroyed) return true;
    if (framing === 'none') {
      this.#whole = true;
      stream.resume(); // a stream that is not read does not end
    } else this.#upload(framing, length);
    return true;
  }

  /** Sends the body, no faster than the app reads. It may be answered before its end. */
  #upload(framing: Framing, length: number): void {
    const { stream } = this.#opened;
    let left = length;
    const send = (bytes: Buffer): void => {
      left -= bytes.length;
      if (left < 0) {
        stream.close();
        return;
      }
      let sent = false;
      this.#connection.send(bodyPart(framing, bytes), () => {
        if (sent) stream.resume();
        sent = true;
      });
      if (!sent) stream.pause();
      sent = true;
    };
    stream.on('data', send);
    const ended = (): void => {
      if (framing === 'length' && left !== 0) return;
      this.#connection.send(bodyEnd(framing, rawFields(this.#opened.trailers)), () => {
        this.#whole = true;
        this.#release();
      });
    };
    // An empty body may have ended before anybody listened.
    if (stream.readableEnded) ended();
    else stream.on('end', ended);
    // A client that goes on with it is told that nobody needs the rest (RFC 9113, 8.1).
    hearOnce(stream, 'finish', () => {
      if (this.#whole) return;
      const timer = setTimeout(() => stream.close(), lingerMs).unref();
      hearOnce(stream, 'close', () => clearTimeout(timer));
    });
  }

  answer(bytes: Buffer, used: () => void): void {
    this.#parser.read(bytes);
    const { stream } = this.#opened;
    if (stream.destroyed || stream.writableLength < stream.writableHighWaterMark) used();
    else hearOnce(stream, 'drain', used);
  }

  fail(): void {
    this.#opened.stream.destroy();
  }

  /** No more of the answer comes. */
  answerEnded(): void {
    this.#answered = true;
    this.#parser.end();
    this.#release();
  }

  #streamClosed(): void {
    if (this.#answered && this.#whole) return;
    this.#connection.close();
    this.#done(false);
  }

  #release(): void {
    if (this.#answered && this.#whole) this.#done(!this.#connection.over);
  }
}
