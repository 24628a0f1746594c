import type { OutgoingHttpHeader, ServerResponse } from 'node:http';

/** What `writeHead` may be given: an object, names and values in turn, or pairs of them. */
export type Headers = Record<string, OutgoingHttpHeader> | OutgoingHttpHeader[] | undefined;

/** The value of a field, by its name in lower case. */
export const fieldOf = (headers: Headers, name: string): unknown => {
  if (headers === undefined) return undefined;
  if (!Array.isArray(headers)) {
    const key = Object.keys(headers).find((field) => field.toLowerCase() === name);
    return key === undefined ? undefined : headers[key];
  }
  const pairs = Array.isArray(headers[0]) ? headers.flat() : headers;
  const index = pairs.findIndex((field, i) => i % 2 === 0 && String(field).toLowerCase() === name);
  return index < 0 ? undefined : pairs[index + 1];
};

/** Pairs, or names and values in turn, with one more; undefined where Node would not take them (objects too). */
export function extended(response: ServerResponse, headers: Headers, name: string, value: string): Headers {
  if (!Array.isArray(headers)) return undefined;
  if (Array.isArray(headers[0])) return [...headers, [name, value]] as OutgoingHttpHeader[];
  return response.getHeaderNames().length === 0 ? [...headers, name, value] : undefined;
}

/**
 * Has the headers changed when they are written, by whomever. Not before: Node takes pairs only for a response on
 * which no header was set.
 */
export function onHead(
  response: ServerResponse,
  change: (status: unknown, headers: Headers) => Headers,
): void {
  const { writeHead } = response;
  response.writeHead = function (this: ServerResponse, status: number, ...rest: unknown[]) {
    response.writeHead = writeHead;
    const reason = typeof rest[0] === 'string' ? rest.shift() : undefined;
    const headers = change(status, rest[0] as Headers);
    const args = [status, reason, headers].filter((arg) => arg !== undefined);
    return Reflect.apply(writeHead, response, args as never);
  };
}

/** Adds a field that the app may also set: then its own stands. */
export function addField(response: ServerResponse, name: string, value: string): void {
  const key = name.toLowerCase();
  onHead(response, (_status, headers) => {
    if (response.hasHeader(name) || fieldOf(headers, key) !== undefined) return headers;
    const more = extended(response, headers, name, value);
    if (more === undefined) response.setHeader(name, value);
    return more ?? headers;
  });
}
