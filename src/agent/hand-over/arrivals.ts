import type net from 'node:net';

import type { Addresses, SessionMessage } from '../../protocol/messages.ts';
import { hear } from '../runtime/sockets.ts';
import type { Handle } from '../runtime/internals.ts';
import type { FayeWebSocket, SockJsConnection } from './internals.ts';
import { SilentSocket } from './silent-socket.ts';
import type { SessionState } from './state.ts';
import { Taking, type TakerParts } from './taker.ts';
import { onLines } from './talk.ts';

/** Gives the app here a connection that another worker had. */
export type Adopt = (handle: Handle, head: Buffer, addresses: Addresses | null) => net.Socket;

/** What its giver says of a session and its connection, which comes by itself: either may be first. */
interface Coming {
  state?: SessionState;
  talk?: net.Socket;
  handle?: Handle;
  addresses?: Addresses | null;
  taking?: Taking;
}

/** The sessions that come from other workers, until they live here. */
export class Arrivals {
  taken = 0;
  readonly #parts: TakerParts;
  readonly #adopt: Adopt;
  readonly #coming = new Map<string, Coming>();

  constructor(parts: TakerParts, adopt: Adopt) {
    this.#parts = parts;
    this.#adopt = adopt;
  }

  /** SockJS has a connection: one that was given to it here, or a client's. */
  connected(connection: SockJsConnection, ws: FayeWebSocket): void {
    for (const { taking } of this.#coming.values()) {
      if (taking?.socket === ws._stream) taking.connected(connection);
    }
  }

  /** A peer says what it gives. */
  asked(move: string, talk: net.Socket, rest: Buffer): void {
    const coming = this.#of(move);
    coming.talk = talk;
    const read = onLines(talk, (line) => {
      if (coming.state === undefined) coming.state = JSON.parse(line) as SessionState;
      else this.#commit(move, coming);
      this.#begin(coming);
    });
    hear(talk, 'close', () => this.#lost(move, coming));
    read(rest);
  }

  /** The connection of a session that is given comes. */
  arrived({ move, addresses }: SessionMessage, handle: Handle): void {
    const coming = this.#of(move);
    Object.assign(coming, { handle, addresses });
    this.#begin(coming);
  }

  #of(move: string): Coming {
    const coming = this.#coming.get(move) ?? {};
    this.#coming.set(move, coming);
    return coming;
  }

  #begin(coming: Coming): void {
    const { state, handle, talk, taking, addresses } = coming;
    if (state === undefined || handle === undefined || talk === undefined || taking !== undefined) return;
    const head = Buffer.from(state.websocket.head, 'base64');
    const silent = SilentSocket.on(handle, () => this.#adopt(handle, head, addresses ?? null));
    coming.taking = new Taking(state, silent, this.#parts, (refused) => {
      talk.write(`${JSON.stringify(refused === undefined ? {} : { refused })}\n`);
    });
  }

  #commit(move: string, coming: Coming): void {
    if (coming.taking === undefined) return;
    this.#coming.delete(move);
    this.taken += 1;
    coming.taking.commit();
  }

  /** Its giver has ended, or keeps it. */
  #lost(move: string, coming: Coming): void {
    if (this.#coming.get(move) !== coming) return;
    this.#coming.delete(move);
    if (coming.taking !== undefined) coming.taking.abort();
    else coming.handle?.close();
  }
}
