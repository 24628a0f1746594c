import type net from 'node:net';

import type { Family } from '../../protocol/metrics.ts';
import type { Origin } from '../connection/connection.ts';
import { byLabel, single } from './family.ts';

/** Counts connections, and the bytes on those of clients: read from the sockets' own counters, not as they pass. */
export class TrafficMeter {
  readonly #opened: Record<Origin, number> = { public: 0, local: 0, moved: 0, peer: 0, stream: 0 };
  readonly #open = new Set<net.Socket>();
  /** Of connections that are closed. */
  #received = 0;
  #sent = 0;

  opened(socket: net.Socket, origin: Origin): void {
    this.#opened[origin] += 1;
    if (origin !== 'peer' && origin !== 'stream') this.#open.add(socket);
  }

  closed(socket: net.Socket): void {
    if (!this.#open.delete(socket)) return;
    this.#received += socket.bytesRead;
    this.#sent += socket.bytesWritten ?? 0;
  }

  families(): Family[] {
    let received = this.#received;
    let sent = this.#sent;
    for (const socket of this.#open) {
      received += socket.bytesRead;
      sent += socket.bytesWritten ?? 0;
    }
    const { peer, ...others } = this.#opened;
    return [
      single('radiant_connections', this.#open.size),
      // The metric's word for a peer is older than ours.
      byLabel('radiant_connections_opened_total', Object.entries({ ...others, sibling: peer })),
      single('radiant_received_bytes_total', received),
      single('radiant_sent_bytes_total', sent),
    ];
  }
}
