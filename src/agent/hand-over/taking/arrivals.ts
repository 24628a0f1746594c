import type { AppServer } from '../../listener/app-server.ts';
import type net from 'node:net';

import type { Addresses, SessionMessage } from '../../../protocol/messages.ts';
import { hear } from '../../runtime/sockets.ts';
import { setTimeout } from '../../runtime/timers.ts';
import { sessionOf } from '../../sessions/sessions.ts';
import type { Handle } from '../../runtime/internals.ts';
import type { InflateWindows } from '../internals/inflate-windows.ts';
import { webSocketOf, type SockJsConnection } from '../internals/sockjs.ts';
import { streamOf } from '../internals/websocket.ts';
import { SilentSocket } from './silent-socket.ts';
import type { Refusal } from '../../../protocol/refusals.ts';
import { TakingPlain } from './taking-plain.ts';
import type { PlainState, PollState, SessionState, State, WebSocketState } from '../state/state.ts';
import { Taking, type TakingParts } from './taking.ts';
import type { TakenTransport } from './taken-transport.ts';
import { TakenWebSocket } from './taken-websocket.ts';
import { onLines } from '../state/talk.ts';

/** Those who hear of WebSockets that the app's servers open. */
export interface PlainArrivals {
  used: boolean;
  /** On that handle one comes. */
  expect(handle: Handle, taking: TakingPlain): void;
}

export interface ArrivalsParts {
  windows: InflateWindows;
  /** Has the app open one that polls; undefined where none can. */
  openPoll(state: PollState): TakenTransport | undefined;
  taken: TakingParts;
  /** Why no session of Meteor's can come. */
  lack(): Refusal | undefined;
  /** The app's own WebSockets; undefined where none comes. */
  plain: PlainArrivals | undefined;
}

/** What it becomes here. */
interface Taken {
  connected?(connection: SockJsConnection): void;
  commit(behind: Buffer): void;
  abort(): void;
}

/** What its giver says of a session and its connection, which comes by itself: either may be first. */
interface Coming {
  state?: State;
  talk?: net.Socket;
  handle?: Handle;
  addresses?: Addresses | null;
  socket?: net.Socket;
  taking?: Taken;
}

/** What a giver says and the connection that it sends come within that, or it has given up. */
const completeMs = 5_000;

/** The sessions that come from other workers, until they live here. */
export class Arrivals {
  taken = 0;
  readonly #parts: ArrivalsParts;
  readonly #app: () => Pick<AppServer, 'take'>;
  readonly #coming = new Map<string, Coming>();

  constructor(parts: ArrivalsParts, app: () => Pick<AppServer, 'take'>) {
    this.#parts = parts;
    this.#app = app;
  }

  /** SockJS has a connection. True: one that was given to it here. */
  connected(connection: SockJsConnection): boolean {
    const ws = webSocketOf(connection);
    const stream = ws && streamOf(ws);
    for (const { taking, state, socket } of this.#coming.values()) {
      const isIt =
        state?.transport.kind === 'poll'
          ? sessionOf(connection.url ?? '') === state.transport.session
          : stream !== undefined && stream === socket;
      if (!isIt) continue;
      taking?.connected?.(connection);
      return true;
    }
    return false;
  }

  /** A peer says what it gives. */
  asked(move: string, talk: net.Socket, rest: Buffer): void {
    const coming = this.#of(move);
    coming.talk = talk;
    const read = onLines(talk, (line) => {
      if (coming.state === undefined) coming.state = JSON.parse(line) as State;
      else this.#commit(move, coming, line);
      this.#begin(coming);
    });
    // Peers may half-close: one that ends says nothing more, and a 'close' would never come.
    for (const event of ['end', 'close']) hear(talk, event, () => this.#lost(move, coming));
    read(rest);
  }

  /** The connection of a session that is given comes. */
  arrived({ move, addresses }: SessionMessage, handle: Handle): void {
    const coming = this.#of(move);
    Object.assign(coming, { handle, addresses });
    this.#begin(coming);
  }

  #of(move: string): Coming {
    const known = this.#coming.get(move);
    if (known !== undefined) return known;
    const coming: Coming = {};
    this.#coming.set(move, coming);
    // Of two halves the other may never come: its giver has ended.
    setTimeout(() => {
      if (coming.taking === undefined) this.#lost(move, coming);
    }, completeMs).unref();
    return coming;
  }

  #begin(coming: Coming): void {
    const { state, talk, taking } = coming;
    if (state === undefined || talk === undefined || taking !== undefined) return;
    const prepared = (refused?: Refusal): void =>
      void talk.write(`${JSON.stringify(refused === undefined ? {} : { refused })}\n`);
    if ('documents' in state) this.#beginSession(state, coming, prepared);
    else this.#beginPlain(state, coming, prepared);
  }

  #beginSession(state: SessionState, coming: Coming, prepared: (refused?: Refusal) => void): void {
    const lack = this.#parts.lack();
    if (lack !== undefined) return prepared(lack);
    const transport =
      state.transport.kind === 'poll'
        ? this.#parts.openPoll(state.transport)
        : this.#webSocket(state.transport, coming);
    if (transport !== undefined) coming.taking = new Taking(state, transport, this.#parts.taken, prepared);
  }

  #beginPlain(state: PlainState, coming: Coming, prepared: (refused?: Refusal) => void): void {
    const { plain } = this.#parts;
    const { handle } = coming;
    if (handle === undefined) return;
    if (plain?.used !== true) return prepared('the app does not take it');
    const taking = new TakingPlain(state, prepared);
    coming.taking = taking;
    plain.expect(handle, taking);
    taking.open(this.#silent(state.transport, coming));
  }

  #webSocket(state: WebSocketState, coming: Coming): TakenTransport | undefined {
    if (coming.handle === undefined) return undefined;
    const silent = this.#silent(state, coming);
    coming.socket = silent.socket;
    return new TakenWebSocket(state, silent, this.#parts.windows);
  }

  #silent({ head }: { head: string }, { handle, addresses }: Coming): SilentSocket {
    const bytes = Buffer.from(head, 'base64');
    return SilentSocket.on(handle!, (silence) =>
      this.#app().take(handle!, bytes, addresses ?? null, silence),
    );
  }

  #commit(move: string, coming: Coming, line: string): void {
    if (coming.taking === undefined) return;
    this.#coming.delete(move);
    this.taken += 1;
    const { behind = '' } = JSON.parse(line) as { behind?: string };
    coming.taking.commit(Buffer.from(behind, 'base64'));
    coming.talk!.end('{}\n');
  }

  /** Its giver has ended, or keeps it. */
  #lost(move: string, coming: Coming): void {
    if (this.#coming.get(move) !== coming) return;
    this.#coming.delete(move);
    coming.talk?.destroy();
    if (coming.taking !== undefined) coming.taking.abort();
    else coming.handle?.close();
  }
}
