import type { IncomingMessage } from 'node:http';

/** What routing needs to know of a request. */
export interface RequestHead {
  method: string;
  url: string;
  cookie: string | undefined;
  /** It asks for a WebSocket. */
  websocket: boolean;
}

const requestLine = /^([A-Z]+) (\S+) HTTP\/1\.[01]\r\n/;
const cookieField = /\r\ncookie:[ \t]*([^\r]*)\r\n/i;
const upgradeField = /\r\nupgrade:[ \t]*websocket[ \t]*\r\n/i;

/**
 * The head of the request that begins with these bytes, or undefined while it is incomplete or no HTTP/1
 * (a TLS ClientHello, for one). The app's own parser judges it later; this only picks a worker.
 */
export function parseHead(bytes: Buffer): RequestHead | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const text = bytes.toString('latin1', 0, end + 2);
  const line = requestLine.exec(text);
  if (line === null) return undefined;
  return {
    method: line[1]!,
    url: line[2]!,
    cookie: cookieField.exec(text)?.[1],
    websocket: upgradeField.test(text),
  };
}

/** The value of a field in `rawHeaders`; reading `headers` would build the whole object for each request. */
export function rawField(rawHeaders: readonly string[], name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const field = rawHeaders[i]!;
    if (field.length === name.length && field.toLowerCase() === name) return rawHeaders[i + 1];
  }
  return undefined;
}

export const headOf = (request: IncomingMessage, websocket: boolean): RequestHead => ({
  method: request.method!,
  url: request.url!,
  cookie: rawField(request.rawHeaders, 'cookie'),
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
