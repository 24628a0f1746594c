import type crypto from 'node:crypto';
import type http2 from 'node:http2';
import type net from 'node:net';
import type tls from 'node:tls';

import type { Boot } from '../../protocol/boot.ts';
import { speaksHttp2 } from '../http2/http2-streams.ts';
import { builtin } from '../runtime/builtin.ts';

/** What serving TLS takes of Node, and HTTP/2 where clients may choose it. */
export interface TlsModules {
  tls: typeof tls;
  crypto: typeof crypto;
  http2: typeof http2 | undefined;
}

/** Undefined where TLS is not served here. */
export function tlsModules(boot: Boot): TlsModules | undefined {
  if (!boot.listeners.some(({ speaks }) => speaks === 'tls')) return undefined;
  return {
    tls: builtin('tls'),
    crypto: builtin('crypto'),
    http2: boot.http2 && speaksHttp2() ? builtin('http2') : undefined,
  };
}

/** `tls.Server`, `https.Server` and those of `http2` are; an app that has none need not load `tls` for the answer. */
export const isTlsServer = (server: net.Server): boolean => 'setSecureContext' in server;
