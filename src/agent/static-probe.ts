import { createHash } from 'node:crypto';
import http, { type IncomingMessage } from 'node:http';

import { connectSibling, type Route } from './siblings.ts';

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
 * Asks the app for `path` as an anonymous client would, on a connection like that of a sibling, which is answered
 * here and not looked at again. `client` is the request that was the reason. Calls back once; undefined: no answer.
 */
export function probe(
  ownRoute: Route,
  path: string,
  client: IncomingMessage,
  done: (result: Probe | undefined) => void,
): void {
  const headers: Record<string, string> = {
    'accept-encoding': 'identity',
    accept: '*/*',
    connection: 'close',
  };
  for (const name of kept) {
    const value = client.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  const socket = connectSibling(ownRoute, client.socket);
  socket.unref();
  let answered = false;
  const finish = (result: Probe | undefined): void => {
    if (answered) return;
    answered = true;
    socket.destroy();
    done(result);
  };
  const request = http.request({ createConnection: () => socket, path, headers });
  request.setTimeout(timeoutMs, () => finish(undefined));
  request.on('error', () => finish(undefined));
  request.on('close', () => finish(undefined));
  request.on('response', (response) => {
    const hash = createHash('sha256');
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      hash.update(chunk);
    });
    response.on('error', () => finish(undefined));
    response.on('end', () => {
      const { statusCode = 0, rawHeaders } = response;
      finish({ status: statusCode, rawHeaders, size, sha256: hash.digest('hex') });
    });
  });
  request.end();
}
