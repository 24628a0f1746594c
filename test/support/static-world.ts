import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import http, { type IncomingMessage, type RequestOptions, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { eventually } from './eventually.ts';
import type { StaticFile, StaticIndex } from '../../src/protocol/static-index.ts';
import type { OpenStream } from '../../src/agent/carrier/stream.ts';
import { openingOf, virtualSocket } from '../../src/agent/membership/peers.ts';
import { BodyCache } from '../../src/agent/static/static-cache.ts';
import { StaticFiles } from '../../src/agent/static/static-files.ts';

export interface World {
  folder: string;
  port: number;
  /** How many requests the app itself has seen, the agent's own included. */
  asked: () => number;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export function fileOf(
  folder: string,
  name: string,
  content: Buffer | string,
  rest: Partial<StaticFile> = {},
): StaticFile {
  const path = join(folder, name);
  const bytes = Buffer.from(content);
  writeFileSync(path, bytes);
  utimesSync(path, 1_000, 1_000);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const variants = { br: brotliCompressSync(bytes), gzip: gzipSync(bytes) };
  const file: StaticFile = {
    path,
    size: bytes.length,
    mtimeMs: 1_000_000,
    sha256,
    tag: sha256,
    cacheable: true,
    contentType: null,
    ...rest,
  };
  if (bytes.length < 2_000) return file;
  for (const coding of ['br', 'gzip'] as const) {
    writeFileSync(`${path}.${coding}`, variants[coding]);
    file[coding] = { path: `${path}.${coding}`, size: variants[coding].length };
  }
  return file;
}

/** A server with `handler` as its app, with the given releases' files, the own release's first. */
export async function world(
  t: TestContext,
  handler: Handler,
  releases: (folder: string) => Record<string, StaticFile>[],
  cacheBytes?: number,
  now?: () => number,
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'rad-static-'));
  let asked = 0;
  const app = http.createServer((request, response) => {
    asked += 1;
    handler(request, response);
  });
  const openStream: OpenStream = (client, end) => {
    const socket = virtualSocket(openingOf(client), end);
    app.emit('connection', socket);
    return socket.input;
  };
  const indexFiles = releases(folder).map((urls, i) => {
    const index: StaticIndex = { format: 1, release: i, files: Object.values(urls), urls: {} };
    Object.keys(urls).forEach((url, place) => (index.urls[url] = place));
    const path = join(folder, `static.${i}.json`);
    writeFileSync(path, JSON.stringify(index));
    return path;
  });
  const cache = new BodyCache(cacheBytes);
  const statics = new StaticFiles({ indexFiles, openStream, cache, ...(now && { now }) });
  const front = http.createServer((request, response) => {
    const toApp = (): void => void app.emit('request', request, response);
    if (!statics.serve(request, response, request.headers['x-draining'] !== undefined, toApp)) toApp();
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  t.after(() => {
    front.close();
    front.closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  return { folder, port: (front.address() as AddressInfo).port, asked: () => asked };
}

export interface Got {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

export async function get({ port }: World, path: string, options: RequestOptions = {}): Promise<Got> {
  const request = http.request({ host: '127.0.0.1', port, path, agent: false, ...options });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) };
}

const served = ({ headers }: Got): boolean =>
  headers['x-app'] === undefined || headers['accept-ranges'] === 'bytes';

/** Asks until the agent has taken the file over. */
export const taken = (here: World, path: string, options?: RequestOptions): Promise<Got> =>
  eventually(`${path} to be taken over`, async () => {
    const got = await get(here, path, options);
    return served(got) && got.headers.etag !== undefined ? got : undefined;
  });
