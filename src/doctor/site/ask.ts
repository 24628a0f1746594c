import type { IncomingHttpHeaders } from 'node:http';
import { http, loadHttps } from '../../common/builtins.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** Bytes as they came, compressed perhaps. */
  size: number;
  /** Our own address, as the site's side sees it if nothing is between. */
  localAddress: string | undefined;
}

export interface Question {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
}

const timeout = 10_000;
const largest = 5_000_000;

/** Asks once, on a connection of its own, as a visitor who comes for the first time. Rejects with the network's error. */
export function ask(url: string, { method = 'GET', headers = {}, body }: Question = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith('https:') ? loadHttps() : http;
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const options = { method, headers: { ...headers, ...length }, agent: false, timeout };
    const asked = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const { localAddress } = response.socket;
      response.on('data', (chunk: Buffer) => {
        if (size < largest) chunks.push(chunk);
        size += chunk.length;
      });
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text,
          size,
          localAddress,
        });
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${timeout / 1000} s`)));
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Asks for a WebSocket and hangs up; resolves with the status: 101 is the good one. */
export function askForUpgrade(url: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith('https:') ? loadHttps() : http;
    const wanted = {
      ...headers,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': Buffer.from('radiant doctor..').toString('base64'),
    };
    const asked = request(url, { headers: wanted, agent: false, timeout }, (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    asked.on('upgrade', (response, socket) => {
      socket.on('error', () => {});
      socket.destroy();
      resolve(response.statusCode ?? 101);
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${timeout / 1000} s`)));
    asked.on('error', reject);
    asked.end();
  });
}

/** The cookies that an answer sets, as a request's header has them. */
export function cookiesOf(...answers: Answer[]): Record<string, string> {
  const all = answers
    .flatMap(({ headers }) => headers['set-cookie'] ?? [])
    .map((line) => line.split(';')[0] ?? '');
  const byName = new Map(all.map((pair) => [pair.split('=')[0], pair]));
  return byName.size === 0 ? {} : { Cookie: [...byName.values()].join('; ') };
}
