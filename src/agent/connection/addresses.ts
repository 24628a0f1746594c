import type net from 'node:net';

import type { Addresses } from '../../protocol/messages.ts';
import { Networks } from '../../protocol/networks.ts';
import { logToOperator } from '../runtime/operator-log.ts';

/** Who is trusted, by ranges of addresses; the operator hears why where that is nobody. */
export const networksOf = (ranges: readonly string[]): Networks => new Networks(ranges, logToOperator);

/** Of an address that is one. `net.isIPv6` makes sure of that, by a regular expression that takes 160 KB and 8 ms to compile. */
export const familyOf = (address: string): 'IPv4' | 'IPv6' => (address.includes(':') ? 'IPv6' : 'IPv4');

const presented = Symbol('radiant.presented');
type Presented = net.Socket & { [presented]?: Addresses };

/** Makes `socket` answer with the addresses of another connection. */
export function presentAs(socket: net.Socket, addresses: Addresses): void {
  (socket as Presented)[presented] = addresses;
  for (const [name, value] of Object.entries(addresses)) {
    Object.defineProperty(socket, name, { value, configurable: true, enumerable: true, writable: true });
  }
}

/** What `socket` was made to answer with; it has to be told again wherever the connection goes. */
export const presentedAs = (socket: net.Socket): Addresses | undefined => (socket as Presented)[presented];

/** Those of a client on this machine whose connection has none: it came over a UNIX socket. */
export const ofThisMachine = (localPort: number): Addresses => {
  const host = '127.0.0.1';
  const local = { localAddress: host, localPort };
  return { remoteAddress: host, remoteFamily: 'IPv4', remotePort: 0, ...local };
};

export const addressesIn = ({
  remoteAddress,
  remotePort,
  remoteFamily,
  localAddress,
  localPort,
}: Addresses): Addresses => ({
  remoteAddress,
  remotePort,
  remoteFamily,
  localAddress,
  localPort,
});

/** What was agreed on with a client that speaks TLS (Node docs: tls.TLSSocket). */
export interface Encryption {
  alpnProtocol?: string | false | null;
  servername?: string | false | null;
}

/** Makes `socket` look as if TLS had been taken off it, as it was elsewhere (Node docs: tls.TLSSocket). */
export function presentEncryption(socket: net.Socket, { alpnProtocol, servername }: Encryption): void {
  const seen = {
    encrypted: true,
    authorized: false,
    alpnProtocol: alpnProtocol ?? false,
    servername: servername ?? false,
  };
  for (const [name, value] of Object.entries(seen)) {
    Object.defineProperty(socket, name, { value, configurable: true, writable: true });
  }
  // Clients are not asked for certificates.
  Object.defineProperty(socket, 'getPeerCertificate', {
    value: () => ({}),
    configurable: true,
    writable: true,
  });
}
