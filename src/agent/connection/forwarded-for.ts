import type { IncomingMessage } from 'node:http';
import type net from 'node:net';

import type { Boot } from '../../protocol/boot.ts';
import { connectionOf } from './connection.ts';
import { byCount, byNetworks, type ForwardedRule } from '../../protocol/forwarded.ts';
import { networksOf } from './addresses.ts';

export { byNetworks, trimmed } from '../../protocol/forwarded.ts';
export type { ForwardedRule } from '../../protocol/forwarded.ts';

const field = 'x-forwarded-for';

export const forwardedRule = ({
  proxies,
  proxiesFrom,
}: Pick<Boot, 'proxies' | 'proxiesFrom'>): ForwardedRule =>
  proxiesFrom.length > 0 ? byNetworks(networksOf(proxiesFrom)) : byCount(proxies);

/** Whether the peer of a connection is a trusted proxy, whose word on its client counts. */
export type Vouches = (socket: net.Socket) => boolean;

export function vouchesRule({ proxies, proxiesFrom }: Pick<Boot, 'proxies' | 'proxiesFrom'>): Vouches {
  if (proxiesFrom.length === 0) return () => proxies > 0;
  const known = networksOf(proxiesFrom);
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
