import type http from 'node:http';
import type net from 'node:net';
import type tls from 'node:tls';

import type { Speech } from '../../config/types.ts';
import type { Boot } from '../../protocol/boot.ts';
import type { Addresses, Certificates } from '../../protocol/messages.ts';
import type { AddressLimits } from '../limits/address-limits.ts';
import { Acceptors } from './acceptors.ts';
import { addressesIn, networksOf, ofThisMachine, presentAs, presentedAs } from '../connection/addresses.ts';
import { PendingConnections } from './pending-connections.ts';
import { handOver, inRootContext } from '../runtime/async-context.ts';
import type { StreamEnd } from '../carrier/stream.ts';
import { VirtualSocket } from '../carrier/virtual-socket.ts';
import { asksForChallenge, type Challenges } from '../replies/challenges.ts';
import { connectionOf, markConnection, type Origin } from '../connection/connection.ts';
import { continued } from '../http/expect-continue.ts';
import { endWithPeer } from '../connection/half-open.ts';
import { Http2Gateway } from '../http2/http2-gateway.ts';
import { adopt, isFull, parentOf, socketOn, withRoomForHead, type Handle } from '../runtime/internals.ts';
import type { Refusals } from '../meter/refusals.ts';
import type { TrafficMeter } from '../meter/traffic-meter.ts';
import { answerInTheClear, redirectServer } from '../replies/redirect.ts';
import { openingOf, virtualSocket, type Opening, type PeerArrivals } from '../membership/peers.ts';
import { decided, guarded } from '../runtime/guard.ts';
import { hearOnce } from '../runtime/sockets.ts';
import { ServerTaps, type Arrivals } from './server-taps.ts';
import { isTlsServer, type TlsModules } from './tls-modules.ts';
import { TlsTerminator } from './tls-terminator.ts';
import { WorkerSockets } from './worker-sockets.ts';

/** What stands at the edge besides the router. */
export interface Edge {
  challenges: Challenges;
  refusals: Refusals;
  limits: AddressLimits | undefined;
  tls: TlsModules | undefined;
}

/**
 * The app's own server, with the public connections and the peers' coming to it. To the app it looks as if it
 * listened on the port that it asked for.
 */
export class AppServer {
  readonly connections = new Set<net.Socket>();
  readonly #boot: Boot;
  readonly #traffic: TrafficMeter;
  readonly #limits: AddressLimits | undefined;
  readonly #taps: ServerTaps;
  /** It takes connections from the public sockets, or is about to. */
  accepts = false;
  readonly #pending = new PendingConnections();
  readonly #acceptors: Acceptors;
  readonly #terminator: TlsTerminator | undefined;
  readonly #http2: Http2Gateway | undefined;
  readonly #sockets: WorkerSockets;

  constructor(
    server: net.Server,
    boot: Boot,
    arrivals: Arrivals,
    traffic: TrafficMeter,
    { challenges, limits, refusals, tls: modules }: Edge,
    sessionComes: PeerArrivals['handOver'],
    closed: () => void,
  ) {
    this.#boot = boot;
    this.#traffic = traffic;
    this.#limits = limits;
    this.#taps = new ServerTaps(server, {
      arrivals,
      closes: () => this.#retireStreams(),
      closed,
      connected: (socket) => this.#arrivedLocally(socket),
    });
    this.#sockets = new WorkerSockets(boot, () => this.server, {
      plain: (...connection) => this.#servePeer(...connection),
      stream: (opening, peer) => this.#serveStream(opening, peer, 'peer'),
      about: (question) => arrivals.about(question),
      handOver: sessionComes,
    });
    if (modules?.http2) {
      this.#http2 = new Http2Gateway(
        modules.http2,
        (client, peer) => this.openStream(client, peer, 'stream'),
        { idle: boot.limits.headTimeout, untaken: boot.limits.requestTimeout },
        (reason) => refusals.count(reason),
      );
    }
    const secured = (socket: tls.TLSSocket): void => {
      if (decided('connection', socket, () => this.#isAppsOwn(socket))) this.deliver(socket, null);
    };
    this.#terminator = modules && new TlsTerminator(modules, challenges, this.#pending, secured);
    const redirect = redirectServer(boot.httpsPort, (request, response) => {
      if (challenges.answer(request, response)) return () => {};
      return asksForChallenge(request) ? () => answerInTheClear(this.server, request, response) : undefined;
    });
    this.#acceptors = new Acceptors(
      () => this.server,
      networksOf(boot.proxyProtocol),
      (socket) => limits?.admits(socket) ?? true,
      this.#pending,
      {
        app: (socket) => this.#accept(socket),
        tls: guarded('connection', (socket: net.Socket) => this.#acceptTls(socket)),
        redirect: guarded('connection', (socket: net.Socket) => {
          this.#pending.expect(socket);
          redirect.emit('connection', socket);
        }),
      },
    );
  }

  /** The one that clients come to. */
  get server(): net.Server {
    return this.#taps.current;
  }

  /**
   * From now on `server` is the app's. What clients have opened to one that still listens goes there too, each
   * connection from its next request on: nothing is closed for that.
   */
  use(server: net.Server): void {
    const before = this.server;
    if (server === before) return;
    this.#taps.use(server);
    this.#acceptors.follow();
    this.#sockets.follow();
    if (!before.listening) return;
    for (const socket of this.connections) {
      if (this.#taps.isToOwnPort(socket)) this.connections.delete(socket);
      else adopt(parentOf(socket), server);
    }
  }

  /** Opens the worker's UNIX socket, and lets the peers in, until `shut`. */
  open(): void {
    this.#sockets.open();
  }

  /** A connection of this worker itself to its app, on behalf of `client`. Gives the other end. */
  openStream(client: net.Socket, peer: StreamEnd, origin: 'peer' | 'stream'): StreamEnd {
    return this.#serveStream(openingOf(client), peer, origin);
  }

  #servePeer(socket: net.Socket, opening: Opening, bytes: Buffer): void {
    const admit = (): boolean => {
      presentAs(socket, addressesIn(opening));
      return this.#admit(socket, 'peer');
    };
    if (decided('connection', socket, admit)) this.deliver(socket, bytes);
  }

  /** It belongs to no client whose request is being served at the moment. */
  #serveStream(opening: Opening, peer: StreamEnd, origin: Origin): StreamEnd {
    return inRootContext(() => {
      const socket = virtualSocket(opening, peer);
      this.#admit(socket, origin, opening.via);
      const deliver = (): void => this.deliver(socket, null);
      if (opening.via === undefined) deliver();
      else withRoomForHead(this.server, deliver);
      return socket.input;
    });
  }

  /** Accepts on a public listening socket: an inherited descriptor, or a handle that came over IPC. */
  openListener(listener: { fd: number } | Handle, speaks: Speech): void {
    this.#http2?.resume();
    this.#acceptors.open(listener, speaks);
  }

  /** What TLS is served with from now on. */
  useCertificates(certificates: Certificates): void {
    this.#terminator?.use(certificates);
  }

  /** Connections are on their way to the app, or to where they are sent on. */
  get expectsConnections(): boolean {
    return this.#pending.some;
  }

  /** The app's server is closed: nobody comes any more. */
  shut(): void {
    this.stopAccepting();
    this.#sockets.close();
  }

  /** Takes no new connection from the public sockets; the peers' and the worker's own go on. */
  stopAccepting(): void {
    this.accepts = false;
    this.#acceptors.close();
    this.#http2?.drain();
  }

  #accept(socket: net.Socket): void {
    const admit = (): boolean => {
      if (!isFull(this.server)) return this.#admit(socket, 'public');
      socket.destroy();
      return false;
    };
    if (decided('connection', socket, admit)) this.deliver(socket, null);
  }

  /** What came over TLS is no HTTP/2. */
  #isAppsOwn(socket: tls.TLSSocket): boolean {
    const addresses = presentedAs(parentOf(socket));
    if (addresses !== undefined) presentAs(socket, addresses);
    this.#track(socket, 'public');
    endWithPeer(socket);
    if (socket.alpnProtocol !== 'h2') return true;
    this.#http2!.accept(socket);
    return false;
  }

  /** The connection counts as the app's from its handshake on. */
  #acceptTls(socket: net.Socket): void {
    if (isFull(this.server)) {
      socket.destroy();
      return;
    }
    adopt(socket, this.server);
    this.#terminator?.handshake(socket);
  }

  #admit(socket: net.Socket, origin: Origin, via?: number): true {
    adopt(socket, this.server);
    this.#track(socket, origin, via);
    return true;
  }

  #track(socket: net.Socket, origin: Origin, via?: number): void {
    markConnection(socket, origin, via);
    this.connections.add(socket);
    this.#traffic.opened(socket, origin);
    hearOnce(socket, 'close', () => {
      this.connections.delete(socket);
      this.#traffic.closed(socket);
    });
  }

  get takesConnections(): boolean {
    return this.server.listening && !isFull(this.server);
  }

  /** Serves a connection that another worker accepted. */
  take(
    handle: Handle,
    bytes: Buffer,
    addresses: Addresses | null,
    first: (socket: net.Socket) => void = () => {},
  ): net.Socket {
    const socket = socketOn(handle, this.server);
    first(socket);
    if (addresses) presentAs(socket, addresses);
    this.#limits?.took(socket);
    this.#admit(socket, 'moved');
    // It came between two requests: nobody knows yet where the next one belongs.
    if (bytes.length === 0) connectionOf(socket).placed = false;
    inRootContext(() => handOver(() => this.deliver(socket, bytes)));
    return socket;
  }

  /** Gives a connection to the app, as if `bytes` had just been read from it. */
  deliver(socket: net.Socket, bytes: Buffer | null): void {
    // An app that serves TLS itself gets what was decrypted here, or in the peer that forwards it, as its own.
    const ofTls = connectionOf(socket).origin === 'peer' || 'encrypted' in socket;
    const decrypted = isTlsServer(this.server) && ofTls;
    this.#taps.emit(decrypted ? 'secureConnection' : 'connection', socket);
    if (bytes === null || bytes.length === 0) return;
    if (socket.listenerCount('data') > 0) socket.emit('data', bytes);
    else socket.unshift(bytes);
  }

  /** Gives a request to the app, past the router. */
  serve(event: string, request: http.IncomingMessage, response: http.ServerResponse): void {
    handOver(() => {
      this.#taps.emit(continued(this.server, event, response), request, response);
    });
  }

  serveUpgrade(request: http.IncomingMessage, socket: net.Socket, head: Buffer): void {
    handOver(() => {
      this.#taps.emit('upgrade', request, socket, head);
      // It ended while it waited (over TLS that cannot be held back): the app has not heard of that.
      if (socket.readableEnded) handOver(() => void socket.emit('end'));
    });
  }

  /** From the worker's UNIX socket; its peer is on this machine, and apps that trust "loopback" must see that. */
  #arrivedLocally(socket: net.Socket): void {
    if (socket.remoteAddress === undefined) presentAs(socket, ofThisMachine(this.#boot.port));
    else this.#taps.markToOwnPort(socket);
    this.#track(socket, 'local');
  }

  /** Node closes connections that wait for a request (Node docs: server.close): those of clients elsewhere go on. */
  #retireStreams(): void {
    for (const socket of this.connections) if (socket instanceof VirtualSocket) socket.retireIfIdle();
  }
}
