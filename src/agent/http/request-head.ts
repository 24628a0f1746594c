import type { IncomingMessage } from 'node:http';

/** What routing needs to know of a request. */
export interface RequestHead {
  method: string;
  url: string;
  cookie: string | undefined;
  /** It asks for a WebSocket. */
  websocket: boolean;
}

/** The value of a field in `rawHeaders`; reading `headers` would build the whole object for each request. */
export function rawField(rawHeaders: readonly string[], name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const field = rawHeaders[i]!;
    if (field.length === name.length && field.toLowerCase() === name) return rawHeaders[i + 1];
  }
  return undefined;
}

/** The value of a field that may come in several lines, as one list. HTTP/2 splits cookies so, and proxies pass that on. */
export function listField(
  rawHeaders: readonly string[],
  name: string,
  separator: ',' | ';' = ',',
): string | undefined {
  let list: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const field = rawHeaders[i]!;
    if (field.length !== name.length || field.toLowerCase() !== name) continue;
    list = list === undefined ? rawHeaders[i + 1]! : list + separator + rawHeaders[i + 1]!;
  }
  return list;
}

/** All cookies of a request. */
export const cookiesOf = ({ rawHeaders }: IncomingMessage): string | undefined =>
  listField(rawHeaders, 'cookie', ';');

/** A body follows the head (RFC 9112, 6.3). */
export function hasBody({ rawHeaders }: IncomingMessage): boolean {
  const length = rawField(rawHeaders, 'content-length');
  return rawField(rawHeaders, 'transfer-encoding') !== undefined || (length !== undefined && length !== '0');
}

export const headOf = (request: IncomingMessage, websocket: boolean): RequestHead => ({
  method: request.method!,
  url: request.url!,
  cookie: cookiesOf(request),
  websocket,
});

/** A head that Node has parsed already, as it came. */
export function headText(request: IncomingMessage): string {
  let text = `${request.method} ${request.url} HTTP/${request.httpVersion}\r\n`;
  const raw = request.rawHeaders;
  for (let i = 0; i < raw.length; i += 2) text += `${raw[i]}: ${raw[i + 1]}\r\n`;
  return `${text}\r\n`;
}

/** Its bytes, for a socket that goes elsewhere. Node reads heads as latin1. */
export const headBytes = (request: IncomingMessage): Buffer => Buffer.from(headText(request), 'latin1');
