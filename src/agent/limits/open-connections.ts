import type net from 'node:net';

import type { Tally } from '../../protocol/messages.ts';
import { clientPrefix } from '../../common/client-prefix.ts';
import { busiest } from '../runtime/lru-map.ts';

type Socket = Pick<net.Socket, 'remoteAddress' | 'destroyed' | 'destroy' | 'once'>;

/** Holds the open connections of each address to a limit. It remembers nobody who has none open. */
export class OpenConnections {
  readonly limit: number;
  readonly #excepted: (address: string) => boolean;
  readonly #refused: () => void;
  readonly #open = new Map<string, Set<Socket>>();
  /** How many an address may have here, where it is busy in other workers too. */
  #shares = new Map<string, number>();
  /** Addresses that were refused since the last tally; each has some open, so there are no more than of those. */
  #wanting = new Set<string>();

  /** `excepted` addresses are those of proxies; `refused` is called for each connection that is closed. */
  constructor(limit: number, excepted: (address: string) => boolean, refused: () => void) {
    this.limit = limit;
    this.#excepted = excepted;
    this.#refused = refused;
  }

  /** How many connections are counted. */
  get size(): number {
    return [...this.#open.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** False for one connection too many; else it counts until it closes. */
  admits(socket: Socket): boolean {
    const address = this.#addressOf(socket);
    if (address === undefined) return true;
    if ((this.#open.get(address)?.size ?? 0) >= this.#most(address)) {
      this.#wanting.add(address);
      this.#refused();
      return false;
    }
    this.#hold(address, socket);
    return true;
  }

  /** A connection that another worker has admitted came here. */
  took(socket: Socket): void {
    const address = this.#addressOf(socket);
    if (address !== undefined) this.#hold(address, socket);
  }

  /** What is open, of the addresses with more than `above` and of those that were refused since the last call. */
  busy(above: number): Tally {
    const wanting = this.#wanting;
    this.#wanting = new Set();
    const told = [...this.#open].filter(([address, { size }]) => size > above || wanting.has(address));
    return busiest(told, ({ size }) => size);
  }

  /** From now on these addresses have so many here, all others the limit; what is over that, the newest ones, closes. */
  divide(shares: Tally): void {
    this.#shares = new Map(shares.map(({ address, count }) => [address, Math.max(1, Math.round(count))]));
    for (const [address, most] of this.#shares) {
      for (const socket of [...(this.#open.get(address) ?? [])].slice(most)) {
        this.#refused();
        socket.destroy();
      }
    }
  }

  #most(address: string): number {
    return this.#shares.get(address) ?? this.limit;
  }

  #addressOf({ remoteAddress }: Socket): string | undefined {
    return remoteAddress === undefined || this.#excepted(remoteAddress)
      ? undefined
      : clientPrefix(remoteAddress);
  }

  #hold(address: string, socket: Socket): void {
    if (socket.destroyed) return;
    const open = this.#open.get(address) ?? new Set();
    this.#open.set(address, open);
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      if (open.size === 0 && this.#open.get(address) === open) this.#open.delete(address);
    });
  }
}
