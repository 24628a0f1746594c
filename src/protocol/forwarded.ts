import net from 'node:net';

import type { Networks } from './networks.ts';

// As it is before an app can patch it.
const { isIP } = net;

/**
 * Leaves exactly as many X-Forwarded-For entries as there are trusted proxies: what stands further left is the
 * client's own invention. A request that came past one of them is filled up with the farthest address that is
 * certain, since Meteor (3.2.2) counts the entries and gives no address when the number differs.
 */
export function trimmed(
  value: string | undefined,
  proxies: number,
  peer: string | undefined,
): string | undefined {
  if (proxies === 0) return undefined;
  const entries = (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .slice(-proxies);
  const farthest = entries[0] ?? peer;
  if (farthest === undefined) return undefined;
  while (entries.length < proxies) entries.unshift(farthest);
  return entries.join(', ');
}

/**
 * What X-Forwarded-For becomes, from what it says and the address that the request came from; `local`: over the
 * worker's UNIX socket.
 */
export type ForwardedRule = (
  value: string | undefined,
  peer: string | undefined,
  local: boolean,
) => string | undefined;

/** So many proxies stand in front, whatever their addresses. */
export const byCount =
  (proxies: number): ForwardedRule =>
  (value, peer) =>
    trimmed(value, proxies, peer);

/**
 * The proxies are known by their addresses: the farthest entry that they vouch for is the client. That one entry is
 * left, for the app is told that there is one proxy.
 */
export const byNetworks =
  (proxies: Pick<Networks, 'has'>): ForwardedRule =>
  (value, peer, local) => {
    const entries = (value ?? '').split(',').map((entry) => entry.trim());
    let client = peer;
    let trusted = proxies.has(local ? undefined : peer);
    for (let i = entries.length - 1; i >= 0 && trusted && isIP(entries[i]!) !== 0; i -= 1) {
      client = entries[i];
      trusted = proxies.has(client);
    }
    return client;
  };
