import type net from 'node:net';

import type { AppServer } from './app-server.ts';
import { connectionOf } from './connection.ts';
import type { Fleet } from './fleet.ts';
import { betweenRequests, canTravel } from './internals.ts';
import type { Moves } from './moves.ts';
import type { WebSockets } from './websockets.ts';

const sweepMs = 50;
/** Any worker but this one: the supervisor picks. */
const anyWorker = { worker: 0, bound: false };

/** Everything that was read from it has been answered: it can go to another worker unnoticed. */
const isIdle = (socket: net.Socket): boolean =>
  canTravel(socket) && betweenRequests(socket) && socket.bytesRead === connectionOf(socket).boundary;

export interface DrainParts {
  fleet: Fleet;
  moves: Moves;
  websockets: WebSockets;
}

/**
 * Empties a worker that takes nothing new any more: connections move to the other workers as soon as they are
 * between two requests, WebSockets are closed at a pace. Calls `done` when no connection is left.
 */
export function drain(
  app: AppServer,
  { fleet, moves, websockets }: DrainParts,
  pace: number,
  done: () => void,
): void {
  app.stopAccepting();
  websockets.closeAll(pace);
  const leaving = new WeakSet<net.Socket>();
  const sweep = (): void => {
    for (const socket of app.connections) {
      if (leaving.has(socket) || websockets.has(socket) || !isIdle(socket)) continue;
      const siblings = connectionOf(socket).origin === 'sibling';
      // Its next request may be on its way: that is answered with `Connection: close`, and silence ends it too.
      if (!siblings && !moves.possible(socket) && fleet.othersOpen) continue;
      leaving.add(socket);
      if (siblings) socket.end();
      else if (moves.possible(socket)) {
        moves.depart(socket, Buffer.alloc(0), anyWorker, () => socket.destroy());
      } else socket.end();
    }
    if (app.connections.size > 0) return;
    clearInterval(timer);
    done();
  };
  const timer = setInterval(sweep, sweepMs);
  sweep();
}
