import { chmodSync, chownSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';

import type { Speech } from '../config/types.ts';
import type { Boot } from '../protocol/boot.ts';
import type { Addresses, Certificates } from '../protocol/messages.ts';
import type { AddressLimits } from './address-limits.ts';
import { Acceptors, backlog } from './acceptors.ts';
import { presentAs, presentedAs } from './addresses.ts';
import type { Acquaintance } from './browsers.ts';
import { Arriving } from './arriving.ts';
import { asksForChallenge, type Challenges } from './challenges.ts';
import { connectionOf, markConnection, type Origin } from './connection.ts';
import { Http2Gateway } from './http2-gateway.ts';
import { bearsHttp2 } from './http2-support.ts';
import { acceptOptions, adopt, isFull, parentOf, socketOn, type Handle } from './internals.ts';
import type { Refusals } from './meter/refusals.ts';
import type { TrafficMeter } from './meter/traffic-meter.ts';
import { redirectServer } from './redirect.ts';
import { Networks } from './networks.ts';
import { connectStream, listenForSiblings, type SiblingQuestion } from './siblings.ts';
import { tell } from './tell.ts';
import { TlsTerminator } from './tls-terminator.ts';

const lackOfHttp2 =
  `a client of HTTP/2 could end Node ${process.versions.node} (CVE-2024-27983): it speaks HTTP/1.1 alone. ` +
  'Run the app on Node 18.20.1, 20.12.1 or newer for HTTP/2.';

/** What the router decides on, told by the app's server. */
export interface Arrivals {
  /** True when the app shall have it now; else `serve` may be called later. */
  request(event: string, request: http.IncomingMessage, response: http.ServerResponse): boolean;
  upgrade(request: http.IncomingMessage, socket: net.Socket, head: Buffer): boolean;
  /** What this worker knows of a browser or a session. */
  about(question: SiblingQuestion): Acquaintance;
}

/** What stands at the edge besides the router. */
export interface Edge {
  challenges: Challenges;
  refusals: Refusals;
  limits: AddressLimits | undefined;
}

/**
 * The app's own server, with the public connections and the siblings' coming to it. To the app it looks as if it
 * listened on the port that it asked for.
 */
export class AppServer {
  readonly server: net.Server;
  readonly connections = new Set<net.Socket>();
  readonly #boot: Boot;
  readonly #arrivals: Arrivals;
  readonly #traffic: TrafficMeter;
  readonly #limits: AddressLimits | undefined;
  readonly #emit: (event: string, ...args: unknown[]) => boolean;
  /** It takes connections from the public sockets, or is about to. */
  accepts = false;
  readonly #arriving = new Arriving();
  readonly #acceptors: Acceptors;
  readonly #terminator: TlsTerminator;
  readonly #http2: Http2Gateway | undefined;
  #local: net.Server | undefined;
  #siblings: net.Server | undefined;

  constructor(
    server: net.Server,
    boot: Boot,
    arrivals: Arrivals,
    traffic: TrafficMeter,
    { challenges, limits, refusals }: Edge,
  ) {
    this.server = server;
    this.#boot = boot;
    this.#arrivals = arrivals;
    this.#traffic = traffic;
    this.#limits = limits;
    this.#emit = server.emit as (event: string, ...args: unknown[]) => boolean;
    const speaksHttp2 = boot.http2 && bearsHttp2(process.versions.node);
    if (boot.http2 && !speaksHttp2) tell(lackOfHttp2);
    if (speaksHttp2) {
      this.#http2 = new Http2Gateway(
        (client) => connectStream(boot.siblingsSocket, client),
        { idle: boot.limits.headTimeout, untaken: boot.limits.requestTimeout },
        (reason) => refusals.count(reason),
      );
    }
    const protocols = speaksHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'];
    this.#terminator = new TlsTerminator(challenges, protocols, this.#arriving, (socket) => {
      const addresses = presentedAs(parentOf(socket));
      if (addresses !== undefined) presentAs(socket, addresses);
      this.#track(socket, 'public');
      if (socket.alpnProtocol === 'h2') this.#http2!.accept(socket);
      else this.deliver(socket, null);
    });
    const redirect = redirectServer(
      boot.httpsPort,
      (request, response) =>
        challenges.answer(request, response) ||
        (asksForChallenge(request) && this.#answerInTheClear(request, response)),
    );
    this.#acceptors = new Acceptors(
      server,
      new Networks(boot.proxyProtocol),
      (socket) => limits?.admits(socket) ?? true,
      this.#arriving,
      {
        app: (socket) => this.#accept(socket),
        tls: (socket) => this.#acceptTls(socket),
        redirect: (socket) => {
          this.#arriving.expect(socket);
          redirect.emit('connection', socket);
        },
      },
    );
    this.#wrapEmit();
    this.#wrapClose();
  }

  /** The worker's UNIX socket is bound: set who may use it, and let the siblings in. */
  open(): void {
    const { workerSocket, socketMode, socketGroup, siblingsSocket } = this.#boot;
    chmodSync(workerSocket, socketMode);
    if (socketGroup !== null) chownSync(workerSocket, process.getuid!(), socketGroup);
    const serve = (socket: net.Socket, bytes: Buffer, origin: Origin, via?: number): void => {
      this.#admit(socket, origin, via);
      this.deliver(socket, bytes);
    };
    const about = (question: SiblingQuestion): Acquaintance => this.#arrivals.about(question);
    this.#siblings = listenForSiblings(siblingsSocket, this.server, serve, about);
  }

  /** Accepts on a public listening socket: an inherited descriptor, or a handle that came over IPC. */
  openListener(listener: { fd: number } | Handle, speaks: Speech): void {
    this.#http2?.resume();
    this.#acceptors.open(listener, speaks);
  }

  /** What TLS is served with from now on. */
  useCertificates(certificates: Certificates): void {
    this.#terminator.use(certificates);
  }

  /** Connections are on their way to the app, or to where they are sent on. */
  get expectsConnections(): boolean {
    return this.#arriving.some;
  }

  /** For a server that listens on a port of its own: the worker's socket leads to it too. */
  listenLocally(): void {
    const local = new net.Server(acceptOptions(this.server), (socket) => {
      adopt(socket, this.server);
      this.server.emit('connection', socket);
    });
    local.listen(this.#boot.workerSocket, backlog);
    local.unref();
    this.#local = local;
  }

  /** Takes no new connection from the public sockets; the siblings' and the worker's own go on. */
  stopAccepting(): void {
    this.accepts = false;
    this.#acceptors.close();
    this.#http2?.drain();
  }

  #accept(socket: net.Socket): void {
    if (isFull(this.server)) {
      socket.destroy();
      return;
    }
    this.#admit(socket, 'public');
    this.deliver(socket, null);
  }

  /** The connection counts as the app's from its handshake on. */
  #acceptTls(socket: net.Socket): void {
    if (isFull(this.server)) {
      socket.destroy();
      return;
    }
    adopt(socket, this.server);
    this.#terminator.handshake(socket);
  }

  /** Whoever gets certificates past Radiant may have the app, or a folder of `static`, answer for it. */
  #answerInTheClear(request: http.IncomingMessage, response: http.ServerResponse): true {
    // One request, answered here: its connection must not come to the app's parser.
    markConnection(request.socket, 'local');
    response.shouldKeepAlive = false;
    this.server.emit('request', request, response);
    return true;
  }

  #admit(socket: net.Socket, origin: Origin, via?: number): void {
    adopt(socket, this.server);
    this.#track(socket, origin, via);
  }

  #track(socket: net.Socket, origin: Origin, via?: number): void {
    markConnection(socket, origin, via);
    this.connections.add(socket);
    this.#traffic.opened(socket, origin);
    socket.once('close', () => {
      this.connections.delete(socket);
      this.#traffic.closed(socket);
    });
  }

  get takesConnections(): boolean {
    return this.server.listening && !isFull(this.server);
  }

  /** Serves a connection that another worker accepted. */
  take(handle: Handle, bytes: Buffer, addresses: Addresses | null): void {
    const socket = socketOn(handle, this.server);
    if (addresses) presentAs(socket, addresses);
    this.#limits?.took(socket);
    this.#admit(socket, 'moved');
    // It came between two requests: nobody knows yet where the next one belongs.
    if (bytes.length === 0) connectionOf(socket).placed = false;
    this.deliver(socket, bytes);
  }

  /** Gives a connection to the app, as if `bytes` had just been read from it. */
  deliver(socket: net.Socket, bytes: Buffer | null): void {
    // An app that serves TLS itself gets what was decrypted here, or in the sibling that forwards it, as its own.
    const decrypted = this.server instanceof tls.Server && (isSiblings(socket) || 'encrypted' in socket);
    Reflect.apply(this.#emit, this.server, [decrypted ? 'secureConnection' : 'connection', socket]);
    if (bytes === null || bytes.length === 0) return;
    if (socket.listenerCount('data') > 0) socket.emit('data', bytes);
    else socket.unshift(bytes);
  }

  /** Gives a request or an upgrade to the app, past the router. */
  serve(event: string, ...args: unknown[]): void {
    Reflect.apply(this.#emit, this.server, [event, ...args]);
  }

  #wrapEmit(): void {
    const emit = this.#emit;
    const arrivals = this.#arrivals;
    const arrivedLocally = (socket: net.Socket): void => this.#arrivedLocally(socket);
    // `arguments` is handed on as it came: a rest parameter would cost each request two arrays.
    this.server.emit = function (this: net.Server, event: string, a: never, b: never, c: never): boolean {
      switch (event) {
        case 'request':
        case 'checkContinue':
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

  /** From the worker's UNIX socket; its peer is on this machine, and apps that trust "loopback" must see that. */
  #arrivedLocally(socket: net.Socket): void {
    if (socket.remoteAddress === undefined) {
      presentAs(socket, { remoteAddress: '127.0.0.1', remoteFamily: 'IPv4', remotePort: 0 });
    }
    this.#track(socket, 'local');
  }

  #wrapClose(): void {
    const { server } = this;
    const { close } = server;
    server.close = (callback) => {
      this.stopAccepting();
      this.#local?.close();
      this.#siblings?.close();
      return Reflect.apply(close, server, [callback]);
    };
  }
}

function isSiblings(socket: net.Socket): boolean {
  return connectionOf(socket).origin === 'sibling';
}
