import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';

import type { Acquaintance } from './browsers.ts';
import { askAboutContinue, continued } from './expect-continue.ts';
import { fault } from './runtime/guard.ts';
import type { SiblingQuestion } from './siblings.ts';

/** What the router decides on, told by the app's server. */
export interface Arrivals {
  /** True when the app shall have it now; else `serve` may be called later. */
  request(event: string, request: IncomingMessage, response: ServerResponse): boolean;
  upgrade(request: IncomingMessage, socket: net.Socket, head: Buffer): boolean;
  /** What this worker knows of a browser or a session. */
  about(question: SiblingQuestion): Acquaintance;
}

export type Emit = (event: string, ...args: unknown[]) => boolean;

/** Has `arrivals` decide before the app hears of a request or an upgrade; `emit` is the server's own. */
export function interceptEvents(
  server: net.Server,
  emit: Emit,
  arrivals: Arrivals,
  arrivedLocally: (socket: net.Socket) => void,
): void {
  askAboutContinue(server);
  // `arguments` is handed on as it came: a rest parameter would cost each request two arrays.
  server.emit = function (this: net.Server, event: string, a: never, b: never, c: never): boolean {
    switch (event) {
      case 'checkContinue':
        if (!getsRequest(arrivals, event, a, b)) return true;
        return Reflect.apply(emit, this, [continued(this, event, b), a, b]);
      case 'request':
      case 'checkExpectation':
        if (!getsRequest(arrivals, event, a, b)) return true;
        break;
      case 'upgrade':
        if (!getsUpgrade(arrivals, a, b, c)) return true;
        break;
      case 'connection':
        if (!arrives(arrivedLocally, a)) return true;
        break;
      default:
    }
    return Reflect.apply(emit, this, arguments as never);
  } as net.Server['emit'];
}

// No closures: each request passes here.

function getsRequest(
  arrivals: Arrivals,
  event: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  try {
    return arrivals.request(event, request, response);
  } catch (error) {
    fault('request', error);
    request.socket.destroy();
    return false;
  }
}

function getsUpgrade(
  arrivals: Arrivals,
  request: IncomingMessage,
  socket: net.Socket,
  head: Buffer,
): boolean {
  try {
    return arrivals.upgrade(request, socket, head);
  } catch (error) {
    fault('upgrade', error);
    socket.destroy();
    return false;
  }
}

function arrives(arrivedLocally: (socket: net.Socket) => void, socket: net.Socket): boolean {
  try {
    arrivedLocally(socket);
    return true;
  } catch (error) {
    fault('connection', error);
    socket.destroy();
    return false;
  }
}
