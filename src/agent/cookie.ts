import type { IncomingMessage, OutgoingHttpHeader, ServerResponse } from 'node:http';

import { rawField } from './request-head.ts';
import { extended, fieldOf, onHead, type Headers } from './response-head.ts';

/** Whose client somebody is, and the release of the page that it got last. */
export interface Owner {
  slot: number;
  release: string;
  /** Made up once for each browser, to find what else of it lives in other workers. */
  browser?: string;
}

/** What a client's cookie says. A client may send anything: it is a hint. */
export function readOwner(cookie: string | undefined, name: string): Owner | undefined {
  if (cookie === undefined) return undefined;
  const start = cookie.startsWith(`${name}=`) ? 0 : cookie.indexOf(`; ${name}=`) + 2;
  if (start === 1) return undefined;
  const end = cookie.indexOf(';', start);
  const value = cookie.slice(start + name.length + 1, end < 0 ? undefined : end).trim();
  const match = /^(\d{1,5})\.(\d{1,9})(?:\.([\da-f]{1,32}))?$/.exec(value);
  if (match === null) return undefined;
  const [, slot, release, browser] = match;
  return { slot: Number(slot), release: release!, ...(browser === undefined ? {} : { browser }) };
}

/** Documents and SockJS's first request start a client; nothing else needs an owner. */
export const startsClient = (request: IncomingMessage): boolean => asksInfo(request) || asksDocument(request);

const asksInfo = ({ method, url }: IncomingMessage): boolean =>
  method === 'GET' && /\/sockjs\/info(?:\?|$)/.test(url!);

export const asksDocument = ({ method, rawHeaders }: IncomingMessage): boolean =>
  method === 'GET' && (rawField(rawHeaders, 'accept')?.includes('text/html') ?? false);

/** A page of another site that opens a connection here: its browser drops a Lax cookie. */
function crossOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || host === undefined) return false;
  return origin.replace(/^https?:\/\//, '') !== host;
}

const overHttps = (request: IncomingMessage): boolean =>
  'encrypted' in request.socket || request.headers['x-forwarded-proto'] === 'https';

export function cookieText(request: IncomingMessage, name: string, value: string, path: string): string {
  const site = crossOrigin(request) && overHttps(request) ? 'SameSite=None; Secure' : 'SameSite=Lax';
  return `${name}=${value}; Path=${path}; HttpOnly; ${site}`;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A shared cache must not hand one client's cookie to another. */
const cacheable = (control: string): boolean => /public|max-age=0*[1-9]|immutable/i.test(control);

/** Adds our cookie to the headers that `writeHead` was given, whichever of its three forms they have. */
function withCookie(response: ServerResponse, headers: Headers, text: string): Headers {
  const more = extended(response, headers, 'Set-Cookie', text);
  if (more !== undefined) return more;
  const given = fieldOf(headers, 'set-cookie');
  const own = (given ?? response.getHeader('set-cookie') ?? []) as string | string[];
  const all = [own, text].flat();
  if (given === undefined) {
    response.setHeader('Set-Cookie', all);
    return headers;
  }
  const fields = headers as Record<string, OutgoingHttpHeader>;
  const key = Object.keys(fields).find((field) => field.toLowerCase() === 'set-cookie')!;
  return { ...fields, [key]: all };
}

/**
 * Adds `cookie` as one more Set-Cookie when the app writes the headers of `response`, if they are those of a
 * document (or of SockJS's JSON) that no cache keeps.
 */
export function addCookie(response: ServerResponse, cookie: string): void {
  onHead(response, (status, headers) => {
    const field = (name: string): string => textOf(fieldOf(headers, name) ?? response.getHeader(name));
    const fits = /html|json/.test(field('content-type')) && !cacheable(field('cache-control'));
    return fits && status !== 304 ? withCookie(response, headers, cookie) : headers;
  });
}
