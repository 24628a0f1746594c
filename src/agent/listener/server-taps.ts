import type http from 'node:http';
import type net from 'node:net';

import type { Acquaintance } from '../sessions/browsers.ts';
import { askAboutContinue, continued } from '../http/expect-continue.ts';
import { fault, guarded } from '../runtime/guard.ts';
import type { PeerQuestion } from '../membership/peers.ts';

/** What the router decides on, told by the app's server. */
export interface Arrivals {
  /** True when the app shall have it now; else `serve` may be called later. */
  request(event: string, request: http.IncomingMessage, response: http.ServerResponse): boolean;
  upgrade(request: http.IncomingMessage, socket: net.Socket, head: Buffer): boolean;
  /** What this worker knows of a browser or a session. */
  about(question: PeerQuestion): Acquaintance;
}

/** What becomes of what a tapped server tells. */
export interface TapEvents {
  arrivals: Arrivals;
  /** A connection came to the server itself. */
  connected(socket: net.Socket): void;
  /** The server that clients come to is about to close. */
  closes(): void;
  /** It listens no more. */
  closed(): void;
}

/** A server of the app's that is or was the one that clients come to. */
interface Tapped {
  /** Its own, which the app's handlers hear. */
  readonly emit: (event: string, ...args: unknown[]) => boolean;
  /** It listens on a port of its own, and clients come to another one. */
  displaced: boolean;
}

/**
 * Stands between the app's servers and their handlers. Only one server is the one that clients come to, `current`; what
 * comes to the own port of one that was it is left alone.
 */
export class ServerTaps {
  readonly #events: TapEvents;
  readonly #tapped = new WeakMap<net.Server, Tapped>();
  /** Connections to a port that the app has opened itself. */
  readonly #toOwnPort = new WeakSet<net.Socket>();
  current: net.Server;

  constructor(server: net.Server, events: TapEvents) {
    this.#events = events;
    this.current = server;
    this.#tap(server);
  }

  /** Clients come to `server` from now on; with what they have opened to one that still listens. */
  use(server: net.Server): void {
    const before = this.current;
    this.current = server;
    this.#tap(server).displaced = false;
    if (before !== server && before.listening) this.#tap(before).displaced = true;
  }

  /** It came to a port that the app has opened itself. */
  isToOwnPort(socket: net.Socket): boolean {
    return this.#toOwnPort.has(socket);
  }

  markToOwnPort(socket: net.Socket): void {
    this.#toOwnPort.add(socket);
  }

  /** Has the handlers of the current server hear an event. */
  emit(...args: unknown[]): void {
    Reflect.apply(this.#tap(this.current).emit, this.current, args);
  }

  #tap(server: net.Server): Tapped {
    const known = this.#tapped.get(server);
    if (known !== undefined) return known;
    const tapped = { emit: server.emit as Tapped['emit'], displaced: false };
    this.#tapped.set(server, tapped);
    this.#wrapEmit(server, tapped);
    this.#wrapClose(server);
    return tapped;
  }

  #wrapEmit(server: net.Server, tapped: Tapped): void {
    const { emit } = tapped;
    const { arrivals } = this.#events;
    const connected = (socket: net.Socket): void => this.#connected(socket, tapped);
    const isItsOwn = (socket: net.Socket): boolean => tapped.displaced && this.#toOwnPort.has(socket);
    const handOn = (...args: [string, net.Socket, ...unknown[]]): true => this.#handOn(...args);
    askAboutContinue(server);
    // `arguments` is handed on as it came: a rest parameter would cost each request two arrays.
    server.emit = function (this: net.Server, event: string, a: never, b: never, c: never): boolean {
      switch (event) {
        case 'request':
        case 'checkContinue':
        case 'checkExpectation': {
          const { socket } = a as http.IncomingMessage;
          if (!isItsOwn(socket)) {
            if (!getsRequest(arrivals, event, a, b)) return true;
            if (tapped.displaced) return handOn(event, socket, a, b);
          }
          if (event === 'checkContinue') return Reflect.apply(emit, this, [continued(this, event, b), a, b]);
          break;
        }
        case 'upgrade':
          if (isItsOwn(b)) break;
          if (!getsUpgrade(arrivals, a, b, c)) return true;
          if (tapped.displaced) return handOn(event, b, a, b, c);
          break;
        case 'connection':
          if (!arrives(connected, a)) return true;
          break;
        default:
      }
      return Reflect.apply(emit, this, arguments as never);
    } as net.Server['emit'];
  }

  #connected(socket: net.Socket, { displaced }: Tapped): void {
    if (displaced) this.#toOwnPort.add(socket);
    else this.#events.connected(socket);
  }

  /** What a displaced server's parser has read on a client's connection is for the one that took its place. */
  #handOn(event: string, socket: net.Socket, ...args: unknown[]): true {
    const { current } = this;
    const heard = event === 'upgrade' ? event : continued(current, event, args[1] as http.ServerResponse);
    if (current.listenerCount(heard) === 0) socket.destroy();
    else this.emit(heard, ...args);
    return true;
  }

  #wrapClose(server: net.Server): void {
    const { close } = server;
    const closes = guarded('close', () => this.#events.closes());
    const closed = guarded('close', () => this.#events.closed());
    server.close = (callback) => {
      const concerns = server.listening && server === this.current;
      if (concerns) closes();
      const result = Reflect.apply(close, server, [callback]);
      if (concerns) closed();
      return result;
    };
  }
}

// No closures: each request passes here.

function getsRequest(
  arrivals: Arrivals,
  event: string,
  request: http.IncomingMessage,
  response: http.ServerResponse,
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
  request: http.IncomingMessage,
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

function arrives(connected: (socket: net.Socket) => void, socket: net.Socket): boolean {
  try {
    connected(socket);
    return true;
  } catch (error) {
    fault('connection', error);
    socket.destroy();
    return false;
  }
}
