import type http from 'node:http';
import type net from 'node:net';

import { inRootContext } from '../../runtime/async-context.ts';
import { createHttpServer } from '../../runtime/originals.ts';
import { socketOn, type Handle } from '../../runtime/internals.ts';
import { serveSockJs } from '../internals/rehearsed-server.ts';

/** A server of ours that nobody else comes to, which the app's SockJS serves too: nothing of it passes through the app's own. */
export class Stage {
  readonly #server: http.Server = createHttpServer();

  constructor() {
    serveSockJs(this.#server);
  }

  /** Serves a connection of which `bytes` have been read. */
  serve(socket: net.Socket, bytes: Buffer): void {
    inRootContext(() => {
      this.#server.emit('connection', socket);
      if (bytes.length === 0) return;
      if (socket.listenerCount('data') > 0) socket.emit('data', bytes);
      else socket.unshift(bytes);
    });
  }

  /** The same of one that has come from another worker. */
  take(handle: Handle, bytes: Buffer, _addresses: unknown, first: (socket: net.Socket) => void): net.Socket {
    const socket = socketOn(handle, this.#server);
    first(socket);
    this.serve(socket, bytes);
    return socket;
  }
}
