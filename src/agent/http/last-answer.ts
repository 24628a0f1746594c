import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';
import { httpDate } from '../../common/dates.ts';
import { hearOnce } from '../runtime/sockets.ts';
import { clearTimeout, setTimeout } from '../runtime/timers.ts';
import { STATUS_CODES } from '../runtime/originals.ts';

/** For so long what a client goes on sending is thrown away, so that it can read the answer first. */
export const lingerMs = 2_000;

/**
 * Answers a request and ends its connection. Were that closed at once, with data unread, the kernel would reset it, and
 * the answer might be lost.
 */
export function answerLast(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  fields: Record<string, string | number>,
  text: string,
): void {
  const length = { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(text) };
  response.writeHead(status, { ...fields, ...length, Connection: 'close' });
  response.write(request.method === 'HEAD' ? '' : text);
  request.resume();
  const end = (): void => void response.end();
  const timer = setTimeout(end, lingerMs).unref();
  hearOnce(response, 'close', () => clearTimeout(timer));
  hearOnce(request, 'end', end);
}

/** Answers who asks for another protocol: there is no response to write on. */
export function refuseUpgrade(
  socket: net.Socket,
  status: number,
  fields: readonly (readonly [string, string])[],
  body: string,
): void {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.on('error', () => {});
  const date = httpDate();
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nDate: ${date}\r\nConnection: close\r\n`;
  socket.end(`${head}${lines}\r\n${body}`);
}
