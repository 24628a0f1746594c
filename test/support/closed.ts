import type { Socket } from 'node:net';

/** Resolves when a socket has closed, whatever has ended it: `once` of node:events rejects with its error instead. */
export async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise<void>((resolve) => void socket.once('close', () => resolve()));
}
