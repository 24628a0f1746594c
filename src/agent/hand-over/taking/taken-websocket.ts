import type { Refusal } from '../../../protocol/refusals.ts';
import { sameJson } from '../state/difference.ts';
import type { InflateWindows } from '../internals/inflate-windows.ts';
import { webSocketOf, type SockJsConnection } from '../internals/sockjs.ts';
import { unexpected } from '../internals/unexpected.ts';
import {
  goOnFrom,
  isFlushed,
  lackOfWebSocket,
  negotiated,
  type FayeWebSocket,
} from '../internals/websocket.ts';
import type { SilentSocket } from './silent-socket.ts';
import type { WebSocketState } from '../state/state.ts';
import type { TakenTransport } from './taken-transport.ts';

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

  refusal(connection: SockJsConnection): Refusal | undefined {
    const ws = webSocketOf(connection)!;
    const [lack] = lackOfWebSocket(ws);
    if (lack !== undefined) return unexpected('its WebSocket is not as expected', lack);
    const { negotiated: agreed, window } = this.#state;
    if (!sameJson(agreed, negotiated(ws))) return 'its WebSocket was negotiated in another way';
    const refersBack = agreed.deflate?.peerTakeover === true;
    return refersBack && window === null ? 'its WebSocket was not seen from its beginning' : undefined;
  }

  settled(connection: SockJsConnection): boolean {
    return isFlushed(webSocketOf(connection)!);
  }

  speak(connection: SockJsConnection): void {
    const { window } = this.#state;
    if (window !== null) this.#goOn(webSocketOf(connection)!, Buffer.from(window, 'base64'));
    this.#silent.speak();
  }

  #goOn(ws: FayeWebSocket, window: Buffer): void {
    goOnFrom(ws, window);
    this.#windows.goOn(ws, window);
  }

  listen(): void {
    this.#silent.listen();
  }

  abort(): void {
    this.#silent.socket.destroy();
  }
}
