import type { IncomingMessage } from 'node:http';

import { headBytes } from '../../http/request-head.ts';
import type { Answer } from '../app/answer.ts';
import type { GivenSession } from './given-session.ts';
import type { WebSocketParts } from './given-websocket.ts';
import { isBetweenWsMessages, isWsFlushed, isWsOpen, wsSocketOf, type WsSocket } from '../internals/ws.ts';
import type { PlainState, PlainTransport } from '../state/state.ts';

export const partsOfWs = (ws: WsSocket, request: IncomingMessage): WebSocketParts => ({
  socket: wsSocketOf(ws),
  isBetweenMessages: () => isBetweenWsMessages(ws),
  isFlushed: () => isWsFlushed(ws),
  state: () => ({
    kind: 'plain',
    head: headBytes(request).toString('base64'),
    protocol: ws.protocol,
    extensions: ws.extensions,
  }),
});

/** A WebSocket of the app's own: what goes on of it, only the app knows. */
export class GivenPlain implements GivenSession {
  readonly ask: () => Answer<string>;
  readonly #ws: WsSocket;

  constructor(ws: WsSocket, ask: () => Answer<string>) {
    this.#ws = ws;
    this.ask = ask;
  }

  get gone(): boolean {
    return !isWsOpen(this.#ws);
  }

  get settled(): boolean {
    return true;
  }

  /** What the app sends meanwhile is written, and goes behind it. */
  hold(app: string | undefined, transport: unknown): PlainState {
    return { app: app ?? 'null', transport: transport as PlainTransport };
  }

  release(): void {}

  end(): void {}
}
