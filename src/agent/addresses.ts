import type net from 'node:net';

import type { Addresses } from '../protocol/messages.ts';

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
