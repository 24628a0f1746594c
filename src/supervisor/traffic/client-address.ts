import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Config } from '../../config/types.ts';
import { byCount, byNetworks } from '../../protocol/forwarded.ts';
import { Networks } from '../../protocol/networks.ts';

/** The address of whoever sent a request to the supervisor, as agents find it: past the proxies that are trusted. */
export function clientAddress({
  proxies,
  proxiesFrom,
}: Pick<Config, 'proxies' | 'proxiesFrom'>): (request: IncomingMessage) => string {
  const rule = proxiesFrom.length > 0 ? byNetworks(new Networks(proxiesFrom)) : byCount(proxies);
  return ({ socket, headers }) => {
    const { remoteAddress } = socket;
    const forwarded = [headers['x-forwarded-for']].flat().join(', ');
    const client = rule(forwarded, remoteAddress, false)?.split(',')[0]?.trim() ?? '';
    return isIP(client) === 0 ? (remoteAddress ?? '') : client;
  };
}
