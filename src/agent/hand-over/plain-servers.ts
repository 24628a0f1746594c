import type { IncomingMessage } from 'node:http';
import type net from 'node:net';

import type { HandOverCallbacks } from '../../common/in-app.ts';
import type { Refusal } from '../../protocol/refusals.ts';
import { fault } from '../runtime/guard.ts';
import { canTravel, handleOf, type Handle } from '../runtime/internals.ts';
import { Answer } from './app/answer.ts';
import { checkCallbacks, given, taken } from './app/app-callbacks.ts';
import { GivenWebSocket } from './giving/given-websocket.ts';
import {
  lackOfWsServer,
  lackOfWsSocket,
  wsSocketOf,
  type Upgraded,
  type WsServer,
  type WsSocket,
} from './internals/ws.ts';
import { unexpected } from './internals/unexpected.ts';
import { GivenPlain, partsOfWs } from './giving/given-plain.ts';
import type { TakingPlain } from './taking/taking-plain.ts';

/** What an app gives to `process.radiant.onHandOver` for a server of the package `ws`. */
export type ServerCallbacks = HandOverCallbacks<WsSocket> & { server: WsServer };

interface Known {
  ws: WsSocket;
  request: IncomingMessage;
  callbacks: HandOverCallbacks<WsSocket>;
}

const now = (task: () => unknown): unknown => task();

/** The app's servers of WebSockets whose state it brings itself from worker to worker. */
export class PlainServers {
  used = false;
  /** By their connections. */
  readonly #known = new WeakMap<net.Socket, Known>();
  readonly #arriving = new WeakMap<Handle, TakingPlain>();

  /** Errors: a TypeError for what is no server of `ws`. */
  use(callbacks: ServerCallbacks): void {
    checkCallbacks(callbacks);
    const { server } = callbacks;
    const [lack] = lackOfWsServer(server);
    if (lack !== undefined)
      throw new TypeError(`process.radiant.onHandOver: its "server" is none of the package ws: no ${lack}`);
    this.used = true;
    const { handleUpgrade } = server;
    const took = this.#took.bind(this);
    server.handleUpgrade = function (request, socket, head, upgraded) {
      const done: Upgraded = function (this: unknown, ws, ...rest) {
        if (!took(callbacks, ws, request)) Reflect.apply(upgraded, this, [ws, ...rest]);
      };
      Reflect.apply(handleUpgrade, this, [request, socket, head, done]);
    };
  }

  /** True: it has come from another worker, and whose it is the app is told otherwise. */
  #took(callbacks: ServerCallbacks, ws: WsSocket, request: IncomingMessage): boolean {
    try {
      this.#known.set(wsSocketOf(ws), { ws, request, callbacks });
      const arriving = this.#arriving.get(handleOf(wsSocketOf(ws))!);
      if (arriving === undefined) return false;
      arriving.begin(
        ws,
        (state: string) =>
          new Answer('take', now, () => callbacks.take(ws, JSON.parse(state), request), taken),
      );
      return true;
    } catch (error) {
      fault('ddp', error);
      return false;
    }
  }

  has(socket: net.Socket): boolean {
    return this.#known.has(socket);
  }

  expect(handle: Handle, arriving: TakingPlain): void {
    this.#arriving.set(handle, arriving);
  }

  /** Both halves of what is given, or why it stays. */
  given(socket: net.Socket): { session: GivenPlain; transport: GivenWebSocket } | Refusal {
    const { ws, request, callbacks } = this.#known.get(socket)!;
    const [lack] = lackOfWsSocket(ws);
    if (lack !== undefined) return unexpected('its WebSocket is not as expected', lack);
    if (!canTravel(socket)) return 'TLS in the worker';
    // What was compressed refers back to what only this process has.
    if (ws.extensions !== '') return 'an unknown extension';
    const ask = (): Answer<string> => new Answer('give', now, () => callbacks.give(ws, request), given);
    return { session: new GivenPlain(ws, ask), transport: new GivenWebSocket(partsOfWs(ws, request)) };
  }
}
