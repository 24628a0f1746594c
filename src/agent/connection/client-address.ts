import type { IncomingMessage } from 'node:http';

import { connectionOf } from './connection.ts';
import { isIP } from '../runtime/originals.ts';

/**
 * The address of the client that asks. X-Forwarded-For has been trimmed: what is left begins with the client, if proxies
 * are trusted. Who comes by the worker's own socket without it has no address.
 */
export function clientAddress(
  { headers, socket }: IncomingMessage,
  behindProxies: boolean,
): string | undefined {
  const forwarded = behindProxies ? (headers['x-forwarded-for'] as string | undefined) : undefined;
  const address = forwarded?.split(',', 1)[0];
  if (address === undefined || address === socket.remoteAddress)
    return connectionOf(socket).origin === 'local' ? undefined : socket.remoteAddress;
  return isIP(address) === 0 ? undefined : address;
}
