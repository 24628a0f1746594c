import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Vouches } from '../connection/forwarded-for.ts';
import { onHead } from '../runtime/internals.ts';
import { listField } from './request-head.ts';
import { withField } from './response-head.ts';

/** Whose client somebody is, and the release of the page that it got last. */
export interface Owner {
  slot: number;
  release: string;
  /** Made up once for each browser, to find what else of it lives in other workers. */
  browser?: string;
}

/** What a client's cookie says. A client may send anything: it is a hint. Some clients leave out the blank behind a `;`. */
export function readOwner(cookie: string | undefined, name: string): Owner | undefined {
  if (cookie?.includes(name) !== true) return undefined;
  for (const pair of cookie.split(';')) {
    const equals = pair.indexOf('=');
    const owner =
      pair.slice(0, equals).trim() === name ? parseOwner(pair.slice(equals + 1).trim()) : undefined;
    if (owner !== undefined) return owner;
  }
  return undefined;
}

function parseOwner(value: string): Owner | undefined {
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
  method === 'GET' && (listField(rawHeaders, 'accept')?.includes('text/html') ?? false);

/** A page of another site that opens a connection here: its browser drops a Lax cookie. */
function crossOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || host === undefined) return false;
  return origin.replace(/^https?:\/\//, '') !== host;
}

/** The scheme that the client used: the nearest proxy writes last. */
function overHttps({ socket, headers }: IncomingMessage, vouches: Vouches): boolean {
  if ('encrypted' in socket) return true;
  const told = [headers['x-forwarded-proto']].flat().join().split(',').pop();
  return told?.trim().toLowerCase() === 'https' && vouches(socket);
}

/** `vouches`: whether a proxy is to be believed that says how the client came. */
export function cookieText(
  request: IncomingMessage,
  name: string,
  value: string,
  path: string,
  vouches: Vouches = () => false,
): string {
  const secure = overHttps(request, vouches);
  const site = secure && crossOrigin(request) ? 'None' : 'Lax';
  return `${name}=${value}; Path=${path}; HttpOnly; SameSite=${site}${secure ? '; Secure' : ''}`;
}

/** Of a document, or of SockJS's JSON. */
const startsClients = /^content-type:.*(?:html|json)/im;
/** A shared cache must not hand one client's cookie to another. */
const cacheable = /^cache-control:.*(?:public|max-age=0*[1-9]|immutable)/im;
const unchanged = /^\S+ 304 /;

/** Adds `cookie` as one more Set-Cookie to the head of `response`, if it is one that starts a client and that no cache keeps. */
export function addCookie(response: ServerResponse, cookie: string): void {
  onHead(response, (head) => {
    const fits = startsClients.test(head) && !cacheable.test(head) && !unchanged.test(head);
    return fits ? withField(head, 'Set-Cookie', cookie) : head;
  });
}
