import type net from 'node:net';

import { sessionCommand, type SessionMessage } from '../../../protocol/messages.ts';
import { presentedAs } from '../../connection/addresses.ts';
import { headBytes } from '../../http/request-head.ts';
import { sendHandle } from '../../link/ipc.ts';
import { handleOf, startReading, stopReading } from '../../runtime/internals.ts';
import type { GivenTransport } from './given-transport.ts';
import { HeldWrites } from './held-writes.ts';
import {
  isBetweenMessages,
  isFlushed,
  negotiated,
  requestOf,
  streamOf,
  type FayeWebSocket,
} from '../internals/websocket.ts';
import type { TransportState } from '../state/state.ts';

/** A WebSocket: its connection goes along. */
export class GivenWebSocket implements GivenTransport {
  readonly #ws: FayeWebSocket;
  readonly #window: () => Buffer | undefined;
  readonly #socket: net.Socket;
  #stopped = false;
  #writes: HeldWrites | undefined;

  /** `window`: what the client's next messages may refer back to; undefined where nobody has seen its first ones. */
  constructor(ws: FayeWebSocket, window: () => Buffer | undefined) {
    this.#ws = ws;
    this.#window = window;
    this.#socket = streamOf(ws);
  }

  get gone(): boolean {
    return this.#socket.destroyed;
  }

  /** What the client sends from now on waits in the kernel, for whoever has the connection then. */
  stopInput(): boolean {
    if (this.#socket.readableLength > 0 || !isBetweenMessages(this.#ws)) return false;
    stopReading(this.#socket);
    this.#stopped = true;
    return true;
  }

  get heard(): boolean {
    return true;
  }

  state(): TransportState {
    return {
      kind: 'websocket',
      head: headBytes(requestOf(this.#ws)).toString('base64'),
      negotiated: negotiated(this.#ws),
      window: this.#window()?.toString('base64') ?? null,
    };
  }

  flush(): void {}

  get flushed(): boolean {
    return isFlushed(this.#ws) && this.#socket.writableLength === 0;
  }

  silence(): void {
    this.#writes = new HeldWrites(this.#socket);
  }

  send(move: string, worker: number, failed: () => void): void {
    const addresses = presentedAs(this.#socket) ?? null;
    const message: SessionMessage = { cmd: sessionCommand, move, worker, bound: true, bytes: '', addresses };
    sendHandle(message, handleOf(this.#socket), (error) => {
      if (error) failed();
    });
  }

  resume(): void {
    this.#writes?.release();
    if (this.#stopped) startReading(this.#socket);
  }

  /** Our copy of the descriptor closes without a FIN. */
  leave(): void {
    this.#socket.destroy();
  }

  follow(): void {}
}
