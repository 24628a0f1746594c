import type { IncomingMessage } from 'node:http';
import net from 'node:net';

import type { Boot } from '../protocol/boot.ts';
import { connectionOf } from './connection.ts';
import { Networks } from './networks.ts';

const field = 'x-forwarded-for';

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
const byCount =
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
    for (let i = entries.length - 1; i >= 0 && trusted && net.isIP(entries[i]!) !== 0; i -= 1) {
      client = entries[i];
      trusted = proxies.has(client);
    }
    return client;
  };

export const forwardedRule = ({
  proxies,
  proxiesFrom,
}: Pick<Boot, 'proxies' | 'proxiesFrom'>): ForwardedRule =>
  proxiesFrom.length > 0 ? byNetworks(new Networks(proxiesFrom)) : byCount(proxies);

/** Whether the peer of a connection is a trusted proxy, whose word on its client counts. */
export type Vouches = (socket: net.Socket) => boolean;

export function vouchesRule({ proxies, proxiesFrom }: Pick<Boot, 'proxies' | 'proxiesFrom'>): Vouches {
  if (proxiesFrom.length === 0) return () => proxies > 0;
  const known = new Networks(proxiesFrom);
  return (socket) => known.has(connectionOf(socket).origin === 'local' ? undefined : socket.remoteAddress);
}

/** Applies a rule to a request before the app sees it. Several fields of the name count as one (RFC 9110, 5.2). */
export function trimForwardedFor(request: IncomingMessage, rule: ForwardedRule): void {
  const raw = request.rawHeaders;
  let first = -1;
  let several = false;
  let value: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]!.length !== field.length || raw[i]!.toLowerCase() !== field) continue;
    value = value === undefined ? raw[i + 1]! : `${value}, ${raw[i + 1]}`;
    if (first < 0) first = i;
    else {
      several = true;
      raw.splice(i, 2);
      i -= 2;
    }
  }
  const { socket } = request;
  const result = rule(value, socket.remoteAddress, connectionOf(socket).origin === 'local');
  if (result === value && !several) return;
  const { headers } = request;
  if (result === undefined) {
    if (first >= 0) raw.splice(first, 2);
    delete headers[field];
    return;
  }
  if (first < 0) raw.push('X-Forwarded-For', result);
  else raw[first + 1] = result;
  headers[field] = result;
}
