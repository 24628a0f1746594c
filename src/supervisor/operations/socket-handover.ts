import { chmod, rm } from 'node:fs/promises';
import net from 'node:net';
import type { Address } from '../../config/types.ts';
import { deliver } from '../../keeper/delivery.ts';

/** A listening socket, and the descriptor that it has here. */
export interface Bound {
  address: Address;
  fd: number;
}

/**
 * Gives the listening sockets to whoever connects: to the keeper that follows one that died, since nobody could bind
 * them anew while workers hold them. Only the app's own user can connect.
 */
export async function offerSockets(path: string, sockets: readonly Bound[]): Promise<net.Server> {
  await rm(path, { force: true });
  const deliveries = sockets.map(({ address }) => ({ address, total: sockets.length }));
  const fds = sockets.map(({ fd }) => fd);
  // Nothing of a connection may be read here: it is the channel of another process.
  const server = net.createServer({ pauseOnConnect: true }, (connection) => {
    connection.on('error', () => {});
    if (sockets.length > 0) deliver(connection, deliveries, fds);
    connection.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return server;
}
