import type net from 'node:net';

import { hasPeer } from '../runtime/internals.ts';
import { hear } from '../runtime/sockets.ts';
import { clearInterval, setInterval } from '../runtime/timers.ts';

const lookMs = 1_000;

/**
 * Ends a connection over TLS whose client has ended its half and then gone for good. Node reads nothing of it any more, so
 * it does not hear of that, and what the app writes waits for ever.
 */
export function endWithPeer(socket: net.Socket): void {
  hear(socket, 'end', () => {
    const timer = setInterval(() => {
      if (!hasPeer(socket)) socket.destroy();
    }, lookMs).unref();
    hear(socket, 'close', () => clearInterval(timer));
  });
}
