import type { createHash, Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type net from 'node:net';

import { handOver } from '../runtime/async-context.ts';
import { AnswerParser } from '../carrier/answer-parser.ts';
import { guardedEnd } from '../carrier/guarded-end.ts';
import type { OpenStream, StreamEnd } from '../carrier/stream.ts';
import { clearTimeout, setTimeout } from '../runtime/timers.ts';

/** What the app itself answered to somebody whom it does not know. */
export interface Probe {
  status: number;
  rawHeaders: readonly string[];
  size: number;
  sha256: string;
}

const timeoutMs = 10_000;
/** Of the client's request: by these an app that forces https, or serves several hosts, tells what was asked for. */
const kept = ['host', 'user-agent', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-for'];

/**
 * Nobody's address (RFC 5737): the app is asked as a stranger, not as the client that may have the right one. As many
 * proxies vouch for it.
 */
const stranger = { remoteAddress: '192.0.2.1', remoteFamily: 'IPv4', remotePort: 9 };

const fromStranger = (name: string, value: string): string =>
  name === 'x-forwarded-for' ? value.replace(/[^,]+/g, ` ${stranger.remoteAddress}`).trim() : value;

/** The client's connection, as if a stranger had opened it. */
function asStranger(client: net.Socket): net.Socket {
  const fields = Object.entries(client.remoteAddress === undefined ? {} : stranger);
  return Object.create(
    client,
    Object.fromEntries(fields.map(([name, value]) => [name, { value }])),
  ) as net.Socket;
}

function headFor(path: string, client: IncomingMessage): Buffer {
  let text = `GET ${path} HTTP/1.1\r\nAccept-Encoding: identity\r\nAccept: */*\r\nConnection: close\r\n`;
  for (const name of kept) {
    const value = client.headers[name];
    if (typeof value === 'string') text += `${name}: ${fromStranger(name, value)}\r\n`;
  }
  return Buffer.from(`${text}\r\n`, 'latin1');
}

/** Takes an answer apart; `done` is called once, without a result when there is none. */
function probeParser(hash: Hash, done: (result: Probe | undefined) => void): AnswerParser {
  let status = 0;
  let rawHeaders: readonly string[] = [];
  let size = 0;
  return new AnswerParser(false, {
    informational: () => {},
    head: (...head) => ([status, rawHeaders] = head),
    body: (bytes) => {
      size += bytes.length;
      hash.update(bytes);
    },
    complete: () => done({ status, rawHeaders, size, sha256: hash.digest('hex') }),
    failed: () => done(undefined),
  });
}

/**
 * Asks the app for `path` as an anonymous client would, on a connection like that of a peer, which is answered
 * here and not looked at again. `client` is the request that was the reason. Calls back once; undefined: no answer.
 */
export function probe(
  hashes: typeof createHash,
  openStream: OpenStream,
  path: string,
  client: IncomingMessage,
  done: (result: Probe | undefined) => void,
): void {
  const parser = probeParser(hashes('sha256'), (result) => {
    clearTimeout(timer);
    stream?.gone();
    done(result);
  });
  const ended = (): void => parser.end();
  const timer = setTimeout(ended, timeoutMs).unref();
  let stream: StreamEnd | undefined;
  const end = {
    data: (bytes: Buffer) => {
      parser.read(bytes);
      stream?.credit(bytes.length);
    },
    last: () => {},
    began: () => {},
    answered: ended,
    credit: () => {},
    end: ended,
    abort: ended,
    gone: ended,
  };
  // The app hears of a new connection.
  handOver(() => {
    stream = openStream(asStranger(client.socket), guardedEnd(end, { destroy: ended }));
    stream.data(headFor(path, client));
  });
}
