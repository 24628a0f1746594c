import { randomBytes } from 'node:crypto';
import type { Answer, RawClient } from './http-raw.ts';

const upload = randomBytes(3 * 1024 * 1024);

/** What a client does after its connection is there; `cookie` is a header line that goes with each request. */
export interface Exchange {
  name: string;
  run(client: RawClient, cookie: string): Promise<Answer[]>;
}

export const head = (line: string, cookie: string, ...more: string[]): string =>
  [`${line} HTTP/1.1`, 'Host: app', cookie, ...more, '', ''].join('\r\n');

/** One request without a body. */
const ask = (line: string, ...more: string[]): Exchange => ({
  name: [line, ...more].join(', '),
  run: async (client, cookie) => {
    client.send(head(line, cookie, ...more));
    return [await client.answer(line.split(' ')[0])];
  },
});

/** A request line of HTTP/1.0, which knows neither chunks nor keep-alive. */
const askOld = (path: string, ...more: string[]): Exchange => ({
  name: `HTTP/1.0 ${path} ${more.join()}`,
  run: async (client, cookie) => {
    client.send([`GET ${path} HTTP/1.0`, cookie, ...more, '', ''].join('\r\n'));
    return [await client.answer()];
  },
});

function inChunks(body: Buffer, size: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  return parts;
}

export const exchanges: Exchange[] = [
  ask('GET /api/echo?a=1&b=%20', 'X-Mixed-Case: 1', 'x-mixed-case: 2', 'Accept: */*'),
  ask('GET /missing', 'Accept: text/plain'),
  ask('DELETE /api/echo'),
  ask('OPTIONS *'),
  ask('HEAD /api/bytes?n=1000'),
  ask('GET /api/bytes?n=2000000'),
  ask('GET /api/stream?n=50'),
  ask('GET /api/sse?n=3&ms=10'),
  ask('GET /api/cookies'),
  ask('GET /headers'),
  ask('GET /empty'),
  ask('GET /unmodified'),
  ask('GET /early-hints'),
  ask('GET /broken'),
  ask('GET /to-the-end', 'Connection: close'),
  ask('GET /api/echo', 'Connection: close'),
  askOld('/api/sse?n=3&ms=10'),
  askOld('/api/echo', 'Host: old'),
  askOld('/api/echo', 'Connection: keep-alive'),
  {
    name: 'upload with Content-Length',
    run: async (client, cookie) => {
      client.send(head('POST /api/echo', cookie, `Content-Length: ${upload.length}`), upload);
      return [await client.answer()];
    },
  },
  {
    name: 'empty upload',
    run: async (client, cookie) => {
      client.send(head('PUT /api/echo', cookie, 'Content-Length: 0'));
      return [await client.answer()];
    },
  },
  {
    name: 'GET with a body',
    run: async (client, cookie) => {
      client.send(head('GET /api/echo', cookie, 'Content-Length: 5'), 'hello');
      return [await client.answer()];
    },
  },
  {
    name: 'chunked upload with trailers',
    run: async (client, cookie) => {
      client.send(head('POST /api/echo', cookie, 'Transfer-Encoding: chunked', 'Trailer: X-Sum'));
      client.send(...inChunks(upload, 100_000), '0\r\nX-Sum: 42\r\n\r\n');
      return [await client.answer()];
    },
  },
  {
    name: 'Expect: 100-continue',
    run: async (client, cookie) => {
      client.send(head('POST /api/echo', cookie, 'Content-Length: 5', 'Expect: 100-continue'));
      await client.received('100 Continue');
      client.send('hello');
      return [await client.answer()];
    },
  },
  {
    name: 'pipelined requests',
    run: async (client, cookie) => {
      const paths = ['/api/slow?ms=30', '/api/echo?second', '/headers', '/api/stream?n=3'];
      client.send(paths.map((path) => head(`GET ${path}`, cookie)).join(''));
      const answers: Answer[] = [];
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      for (const _ of paths) answers.push(await client.answer());
      return answers;
    },
  },
];
