import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { isIPv4 } from 'node:net';

/**
 * What every answer says. Nothing is loaded from elsewhere, nothing frames the page, and no other site learns of it.
 * https://www.w3.org/TR/CSP3/, https://www.w3.org/TR/referrer-policy/
 */
export const securityHeaders: Readonly<OutgoingHttpHeaders> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
};

export const isLoopback = (host: string): boolean =>
  host === '::1' || host === 'localhost' || (isIPv4(host) && host.startsWith('127.'));

/** The name in a Host header, without the port. */
function nameIn(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}

/**
 * Whether a request means this machine by a name that only this machine has. A name that somebody else owns and
 * makes point here (DNS rebinding) would let that one's page read ours. The port does not matter: SSH may forward it.
 */
export function namesLoopback(request: IncomingMessage): boolean {
  const name = nameIn(request.headers.host ?? '');
  return isLoopback(name) || name.endsWith('.localhost');
}

/**
 * Whether our own page sent this request. Cookies do not tell: those with SameSite=Strict are also sent by a page of
 * another port of the same host, such as the app's. A browser that does not say so by Sec-Fetch-Site (it says it to
 * https and to this machine only) says by Origin which page it was.
 */
export function fromOurPage(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  return origin !== undefined && host !== undefined && URL.parse(origin)?.host === host.toLowerCase();
}

/** Whether a page of somebody else asks, and its browser says so. What it asks with GET changes nothing. */
export function fromElsewhere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** Whether the body is said to be of this type: a form of another site can send only three types. */
export function hasType(request: IncomingMessage, type: string): boolean {
  return request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() === type;
}
