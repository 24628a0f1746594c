import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';

import type { Acquaintance } from './browsers.ts';
import { askAboutContinue, continued } from './expect-continue.ts';
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
        if (!arrivals.request(event, a, b)) return true;
        return Reflect.apply(emit, this, [continued(this, event, b), a, b]);
      case 'request':
      case 'checkExpectation':
        if (!arrivals.request(event, a, b)) return true;
        break;
      case 'upgrade':
        if (!arrivals.upgrade(a, b, c)) return true;
        break;
      case 'connection':
        arrivedLocally(a);
        break;
      default:
    }
    return Reflect.apply(emit, this, arguments as never);
  } as net.Server['emit'];
}
