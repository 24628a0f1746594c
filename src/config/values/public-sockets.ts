import type { Address, Config, Speech } from '../types.ts';

/** An address that clients connect to, and what they speak there. */
export interface PublicSocket {
  address: Address;
  speaks: Speech;
}

/** All public sockets of an app, in the order in which they are bound and handed on. */
export function publicSockets({ listen, redirect, tls }: Config): PublicSocket[] {
  const speaks = tls === undefined ? 'app' : 'tls';
  return [
    ...listen.map((address): PublicSocket => ({ address, speaks })),
    ...redirect.map((address): PublicSocket => ({ address, speaks: 'redirect' })),
  ];
}
