import type { IncomingMessage, ServerResponse } from 'node:http';
import { RadiantError, reasonOf } from '../common/errors.ts';
import type { FleetMetrics } from '../metrics/fleet-metrics.ts';
import type { ErrorBody } from './operations.ts';

/** Far above what a form takes. */
const maxText = 64 * 1024;
/** Far above what any operation takes: a maintenance page, which JSON may make longer. */
const maxBody = 1024 * 1024;

/** The body of a request as text. Errors: USAGE. */
export async function readText(request: IncomingMessage, most = maxText): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > most) throw new RadiantError('USAGE', `the request has more than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The body of a request as JSON; no body is an empty object. Errors: USAGE. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const text = await readText(request, maxBody);
  if (text === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new RadiantError('USAGE', `the request is not valid JSON: ${reasonOf(error)}`);
  }
}

/** Answers with an error as the client of the control socket, and the page, read it. */
export function sendError(response: ServerResponse, error: unknown): void {
  const known = error instanceof RadiantError ? error : new RadiantError('OPERATION_FAILED', reasonOf(error));
  const { code, message, remedy } = known;
  if (response.headersSent) response.destroy();
  else
    sendJson(response, code === 'USAGE' ? 400 : 409, {
      error: { code, message, remedy },
    } satisfies ErrorBody);
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, 'application/json', JSON.stringify(body));
}

/** What a scrape gives. */
export type Scraped = Pick<FleetMetrics, 'contentType' | 'text'>;

/** Answers a scrape. */
export async function sendMetrics(response: ServerResponse, metrics: Scraped): Promise<void> {
  sendText(response, 200, metrics.contentType, await metrics.text());
}

function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
