import { isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Address } from '../types.ts';
import { readInteger } from './values.ts';

/** What one entry of `listen` says, before it is known whether the machine has IPv6. */
export type Listener =
  | { kind: 'none' }
  | { kind: 'path'; path: string }
  | { kind: 'tcp'; host: string; port: number };

/** Without a host all interfaces are meant: `''` stands for them until `addresses` splits it by IP version. */
export const everywhere = '';

/** An IP address, `localhost`, or `*` for all interfaces. Names are not looked up: they may change under a socket. */
export function readHost(value: string): string | undefined {
  const host = value.trim().replace(/^\[(.*)\]$/, '$1');
  if (host === '*' || host === '') return everywhere;
  return isIPv4(host) || isIPv6(host) || host === 'localhost' ? host : undefined;
}

/** Reads `host:port`, `[::]:port`, `:port`, `port`, `/path`, `unix:path` or `none`. */
export function readListener(value: string): Listener | undefined {
  const text = value.trim();
  if (text === 'none') return { kind: 'none' };
  if (text.startsWith('/')) return { kind: 'path', path: text };
  if (text.startsWith('unix:')) return text.length > 5 ? { kind: 'path', path: text.slice(5) } : undefined;
  const match = /^(?:(\[[^\]]*\]|[^:]*):)?(\d+)$/.exec(text);
  const port = readInteger(match?.[2] ?? '', 1, 65535);
  const host = readHost(match?.[1] ?? '');
  return port === undefined || host === undefined ? undefined : { kind: 'tcp', host, port };
}

/** Where the page for operators is meant to listen, and the token that opens it. */
export interface AdminPlace {
  host: string;
  port: number;
  token?: string;
}

/** What a configuration file may say of the page: `9000`, `'10.0.0.1:9000'`, or an object. */
export type WrittenAdmin =
  | string
  | number
  | { port: string | number; host?: string | undefined; token?: string | undefined };

const loopback = '127.0.0.1';
/** A token must not be guessed, and must fit into a header as it is. */
const fitToken = /^[\x21-\x7e]{16,256}$/;

/** Unlike an app, the page is for this machine only where nothing else is said. */
export function readAdmin(value: WrittenAdmin): AdminPlace | undefined {
  if (typeof value === 'object') {
    const port = readInteger(value.port, 1, 65535);
    const host = readHost(value.host ?? loopback);
    const { token } = value;
    if (port === undefined || host === undefined) return undefined;
    if (token === undefined) return { host, port };
    return fitToken.test(token) ? { host, port, token } : undefined;
  }
  return readLocal(value);
}

/** Reads a port of the loopback address, or an address with its port. */
export function readLocal(value: string | number): { host: string; port: number } | undefined {
  const port = readInteger(value, 1, 65535);
  if (port !== undefined) return { host: loopback, port };
  const listener = readListener(String(value));
  return listener?.kind === 'tcp' ? { host: listener.host, port: listener.port } : undefined;
}

/** True where a socket on `::` can be bound: hosts and containers without IPv6 refuse it. */
export function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some((entry) => entry.family === 'IPv6'));
}

/** The addresses that a host and a port stand for: IPv4 and IPv6 get a socket each. */
export function addresses(host: string, port: number, ipv6: boolean): Address[] {
  if (host === everywhere) return pair('0.0.0.0', '::', port, ipv6);
  if (host === 'localhost') return pair('127.0.0.1', '::1', port, ipv6);
  return [{ host, port }];
}

function pair(four: string, six: string, port: number, ipv6: boolean): Address[] {
  return ipv6
    ? [
        { host: four, port },
        { host: six, port },
      ]
    : [{ host: four, port }];
}
