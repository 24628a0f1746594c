import type net from 'node:net';

import { moveCommand, type Addresses, type MoveMessage } from '../../protocol/messages.ts';
import { presentedAs } from '../connection/addresses.ts';
import { canTravel, handleOf, startReading, stopReading, type Handle } from '../runtime/internals.ts';
import { ipcConnected, sendHandle } from '../link/ipc.ts';
import type { SupervisorLink } from '../link/supervisor-link.ts';

interface Departure {
  socket: net.Socket;
  stay: () => void;
}

/** Where sockets come to. */
export interface Destination {
  readonly takesConnections: boolean;
  /** Serves a connection that another worker accepted. `bytes`: what was read of it. */
  take(handle: Handle, bytes: Buffer, addresses: Addresses | null): void;
}

/** How many moves that came in are remembered, for a supervisor that died before it heard of them. */
const remembered = 512;

/**
 * Sockets that go to another worker, and those that come from one. A socket that leaves is kept, unread, until
 * the supervisor says that its new worker has it: so it is never lost, and never served twice.
 */
export class ConnectionHandoff {
  /** How many connections ever went and came: `returned` are those that had to be served here after all. */
  readonly counts = { sent: 0, returned: 0, taken: 0, refused: 0 };
  readonly #self: number;
  readonly #link: SupervisorLink;
  readonly #departures = new Map<string, Departure>();
  readonly #taken = new Set<string>();
  #count = 0;

  constructor(self: number, link: SupervisorLink) {
    this.#self = self;
    this.#link = link;
  }

  /** Moves that wait for an answer, for the hello. */
  get moving(): string[] {
    return [...this.#departures.keys()];
  }

  get taken(): string[] {
    return [...this.#taken];
  }

  possible(socket: net.Socket): boolean {
    return this.#link.connected && ipcConnected() && canTravel(socket);
  }

  /**
   * Sends `socket` to `worker`, with the `bytes` that were read from it. `stay` is called instead, with the
   * socket being read again, when nobody could take it.
   */
  depart(
    socket: net.Socket,
    bytes: Buffer,
    { worker, bound }: { worker: number; bound: boolean },
    stay: () => void,
  ): void {
    // Its supervisor may have died since that was asked.
    if (!this.possible(socket)) {
      stay();
      return;
    }
    // Others remember those of workers that had this number before.
    const move = `${this.#self}-${process.pid}-${this.#count++}`;
    stopReading(socket);
    this.counts.sent += 1;
    this.#departures.set(move, { socket, stay });
    const message: MoveMessage = {
      cmd: moveCommand,
      move,
      worker,
      bound,
      bytes: bytes.toString('base64'),
      addresses: presentedAs(socket) ?? null,
    };
    sendHandle(message, handleOf(socket), (error) => {
      if (error && ipcConnected()) this.unmoved(move);
    });
  }

  moved(move: string): void {
    const departure = this.#departures.get(move);
    this.#departures.delete(move);
    // Our copy of the descriptor closes without a FIN: the new worker holds the connection.
    departure?.socket.destroy();
  }

  unmoved(move: string): void {
    const departure = this.#departures.get(move);
    if (departure === undefined) return;
    this.#departures.delete(move);
    this.counts.returned += 1;
    startReading(departure.socket);
    departure.stay();
  }

  /** It goes to another worker, unless it was said that it is here. */
  refuse({ move }: MoveMessage): void {
    if (this.#taken.has(move)) return;
    this.counts.refused += 1;
    this.#link.send({ type: 'refused', move });
  }

  /**
   * Refuses what cannot be served here: a handle that got lost on the way (no free descriptor; Node does not say
   * so), or one that comes to an app whose server is closed or full.
   */
  arrive(message: MoveMessage, handle: Handle | undefined, app: Destination | undefined): void {
    if (!handle || !app?.takesConnections) {
      handle?.close();
      this.refuse(message);
      return;
    }
    this.counts.taken += 1;
    this.#taken.add(message.move);
    if (this.#taken.size > remembered) this.#taken.delete(this.#taken.values().next().value!);
    this.#link.send({ type: 'taken', move: message.move });
    app.take(handle, Buffer.from(message.bytes, 'base64'), message.addresses);
  }
}
