import { isV6 } from '../../common/ip-family.ts';
import type { Problem } from './problems.ts';
import type { Address, Config } from '../types.ts';

const everywhere = new Set(['0.0.0.0', '::']);

const text = (address: Address): string =>
  'path' in address
    ? address.path
    : `${isV6(address.host) ? `[${address.host}]` : address.host}:${address.port}`;

function overlap(one: Address, other: Address): boolean {
  if ('path' in one || 'path' in other) return text(one) === text(other);
  if (one.port !== other.port || one.port === 0 || isV6(one.host) !== isV6(other.host)) return false;
  return one.host === other.host || everywhere.has(one.host) || everywhere.has(other.host);
}

/**
 * What listens twice on one address. Binding does not find that: two sockets may be bound to it as long as nobody
 * listens, and the workers would fail.
 */
export function sharedAddresses({
  listen,
  redirect,
  admin,
  agentCheck = [],
}: Pick<Config, 'listen' | 'redirect' | 'admin' | 'agentCheck'>): Problem[] {
  const named = { listen, redirect, admin: admin?.listen ?? [], agentCheck };
  const taken: { where: string; address: Address }[] = [];
  const problems = new Map<string, Problem>();
  for (const [where, addresses] of Object.entries(named)) {
    for (const address of addresses) {
      const before = taken.find((each) => overlap(each.address, address));
      const what = before && `${text(address)} is an address of ${before.where} already`;
      const remedy = 'Give each an address or a port of its own';
      if (what !== undefined && !problems.has(where))
        problems.set(where, { where, what, remedy, flag: false });
      taken.push({ where, address });
    }
  }
  return [...problems.values()];
}
