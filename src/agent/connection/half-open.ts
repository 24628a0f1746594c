import type net from 'node:net';

import { handleOf, hasPeer } from '../runtime/internals.ts';
import { hear } from '../runtime/sockets.ts';
import { setInterval } from '../runtime/timers.ts';

const lookMs = 1_000;

const watched = new Set<net.Socket>();
let looking = false;

/**
 * Ends a connection over TLS whose client goes for good while Node reads nothing of it: because the app does not take the
 * upload, or because the client has ended its half before. Node does not hear of that then, and what the app writes waits
 * for ever.
 */
export function endWithPeer(socket: net.Socket): void {
  watched.add(socket);
  hear(socket, 'close', () => watched.delete(socket));
  if (looking) return;
  looking = true;
  setInterval(() => {
    for (const each of watched) if (!isRead(each) && !hasPeer(each)) each.destroy();
  }, lookMs).unref();
}

const isRead = (socket: net.Socket): boolean => !socket.readableEnded && handleOf(socket)?.reading === true;
