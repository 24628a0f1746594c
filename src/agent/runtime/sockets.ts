import type net from 'node:net';

import { inRootContext } from './async-context.ts';
import { fault, guarded } from './guard.ts';
import * as originals from './originals.ts';

/** A connection of the agent itself to a UNIX socket; what becomes of it is told by its 'close'. */
export function connectTo(path: string): net.Socket {
  return inRootContext(() => {
    const socket = new originals.Socket();
    socket.on('error', () => {}); // it closes with it
    Reflect.apply(originals.connect, socket, [{ path }] as never);
    return socket;
  });
}

/** A server of the agent itself. `accept` guards itself, for it may hand the connection to the app. */
export function serverOf(options: net.ServerOpts, accept: (socket: net.Socket) => void): net.Server {
  const server = new originals.Server(options, accept);
  return server.on('error', (error) => fault('socket', error));
}

export function listenOn(server: net.Server, ...args: unknown[]): void {
  inRootContext(() => void Reflect.apply(originals.listen, server, args as never));
}

/** Listens to an event of a socket, as long as it lives. */
export function hear(emitter: NodeJS.EventEmitter, event: string, run: (...args: never[]) => void): void {
  emitter.on(event, guarded('socket', run) as never);
}

/** The same, once. */
export function hearOnce(emitter: NodeJS.EventEmitter, event: string, run: (...args: never[]) => void): void {
  emitter.once(event, guarded('socket', run) as never);
}
