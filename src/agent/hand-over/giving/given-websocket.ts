import type net from 'node:net';

import { sessionCommand, type SessionMessage } from '../../../protocol/messages.ts';
import { presentedAs } from '../../connection/addresses.ts';
import { headBytes } from '../../http/request-head.ts';
import { sendHandle } from '../../link/ipc.ts';
import { handleOf, startReading, stopReading } from '../../runtime/internals.ts';
import type { GivenTransport } from './given-transport.ts';
import { HeldWrites } from '../internals/held-writes.ts';
import {
  isBetweenMessages,
  isFlushed,
  negotiated,
  requestOf,
  streamOf,
  type FayeWebSocket,
} from '../internals/websocket.ts';
import type { TransportState } from '../state/state.ts';

/** What a package has of a WebSocket. */
export interface WebSocketParts {
  socket: net.Socket;
  isBetweenMessages(): boolean;
  /** What was said to the client has come to its socket. */
  isFlushed(): boolean;
  state(): TransportState;
}

/** `window`: what the client's next messages may refer back to; undefined where nobody has seen its first ones. */
export const partsOfFaye = (ws: FayeWebSocket, window: () => Buffer | undefined): WebSocketParts => ({
  socket: streamOf(ws),
  isBetweenMessages: () => isBetweenMessages(ws),
  isFlushed: () => isFlushed(ws),
  state: () => ({
    kind: 'websocket',
    head: headBytes(requestOf(ws)).toString('base64'),
    negotiated: negotiated(ws),
    window: window()?.toString('base64') ?? null,
  }),
});

/** A WebSocket: its connection goes along. */
export class GivenWebSocket implements GivenTransport {
  readonly #parts: WebSocketParts;
  readonly #socket: net.Socket;
  #stopped = false;
  #writes: HeldWrites | undefined;

  constructor(parts: WebSocketParts) {
    this.#parts = parts;
    this.#socket = parts.socket;
  }

  get gone(): boolean {
    return this.#socket.destroyed;
  }

  /** What the client sends from now on waits in the kernel, for whoever has the connection then. */
  stopInput(): boolean {
    if (this.#socket.readableLength > 0 || !this.#parts.isBetweenMessages()) return false;
    stopReading(this.#socket);
    this.#stopped = true;
    return true;
  }

  get heard(): boolean {
    return true;
  }

  state(): TransportState {
    return this.#parts.state();
  }

  flush(): void {}

  get flushed(): boolean {
    return this.#parts.isFlushed() && this.#socket.writableLength === 0;
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

  get behind(): Buffer {
    return this.#writes?.bytes ?? Buffer.alloc(0);
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
