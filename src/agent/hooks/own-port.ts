import type net from 'node:net';

import { acceptOptions, adopt } from '../runtime/internals.ts';
import type { Bind } from './listen.ts';
import { serverOf } from '../runtime/sockets.ts';

/**
 * Has a server of the app's get what comes to the port that it asked for: it was taken for the app's server, which
 * needs none. `collided` is called when another process has that port.
 */
export function openOwnPort(server: net.Server, bind: Bind, collided: () => void): void {
  const door = serverOf(acceptOptions(server), (socket) => {
    adopt(socket, server);
    server.emit('connection', socket);
  });
  door.on('error', collided);
  bind(door);
  door.unref();
  const { close } = server;
  server.close = (callback) => {
    door.close();
    return Reflect.apply(close, server, [callback]);
  };
}
