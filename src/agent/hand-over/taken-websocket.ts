import { builtin } from '../runtime/builtin.ts';
import { sameJson } from './difference.ts';
import type { InflateWindows } from './inflate-windows.ts';
import {
  deflationOf,
  isFlushed,
  lackOfWebSocket,
  negotiated,
  webSocketOf,
  type FayeWebSocket,
  type MeteorSession,
  type SockJsConnection,
} from './internals.ts';
import type { SilentSocket } from './silent-socket.ts';
import type { WebSocketState } from './state.ts';
import type { TakenTransport } from './taken-transport.ts';

/** zlib has no smaller one for raw deflate. */
const smallestWindowBits = 9;

const wsOf = (connection: SockJsConnection): FayeWebSocket =>
  webSocketOf({ socket: connection } as MeteorSession)!;

/** A WebSocket that was opened elsewhere. */
export class TakenWebSocket implements TakenTransport {
  readonly #state: WebSocketState;
  readonly #silent: SilentSocket;
  readonly #windows: InflateWindows;

  constructor(state: WebSocketState, silent: SilentSocket, windows: InflateWindows) {
    this.#state = state;
    this.#silent = silent;
    this.#windows = windows;
  }

  get gone(): boolean {
    return this.#silent.socket.destroyed;
  }

  refusal(connection: SockJsConnection): string | undefined {
    const ws = wsOf(connection);
    const [lack] = lackOfWebSocket(ws);
    if (lack !== undefined) return `its WebSocket lacks ${lack}`;
    const { negotiated: agreed, window } = this.#state;
    if (!sameJson(agreed, negotiated(ws))) return 'its WebSocket was negotiated in another way';
    const refersBack = agreed.deflate?.peerTakeover === true;
    return refersBack && window === null ? 'its WebSocket was not seen from its beginning' : undefined;
  }

  settled(connection: SockJsConnection): boolean {
    return isFlushed(wsOf(connection));
  }

  speak(connection: SockJsConnection): void {
    const { window } = this.#state;
    if (window !== null) this.#goOnInflating(wsOf(connection), Buffer.from(window, 'base64'));
    this.#silent.speak();
  }

  /** What the client sends may refer back to what it sent to the giver; what it is sent refers back to nothing. */
  #goOnInflating(ws: FayeWebSocket, window: Buffer): void {
    const deflation = deflationOf(ws);
    if (!deflation) return;
    deflation._deflate?.close?.();
    deflation._deflate = null;
    if (!deflation._peerContextTakeover) return;
    const windowBits = Math.max(deflation._peerWindowBits, smallestWindowBits);
    const dictionary = window.length === 0 ? {} : { dictionary: window };
    deflation._inflate = builtin('zlib').createInflateRaw({ windowBits, ...dictionary });
    this.#windows.goOn(ws, window);
  }

  listen(): void {
    this.#silent.listen();
  }

  abort(): void {
    this.#silent.socket.destroy();
  }
}
