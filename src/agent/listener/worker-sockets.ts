import type net from 'node:net';

import type { Boot } from '../../protocol/boot.ts';
import { backlog } from './acceptors.ts';
import { acceptAs, acceptOptions, adopt, isFull } from '../runtime/internals.ts';
import { listenOn, serverOf } from '../runtime/sockets.ts';
import { listenForPeers, type PeerArrivals } from '../membership/peers.ts';
import { chmodSync, chownSync } from '../runtime/originals.ts';

/** The UNIX sockets that lead to one worker: its own, for whoever stands in front, and the one for its peers. */
export class WorkerSockets {
  readonly #boot: Boot;
  readonly #app: () => net.Server;
  readonly #arrivals: PeerArrivals;
  #own: net.Server | undefined;
  #peers: net.Server | undefined;

  /** `app`: the server that clients come to at the time. */
  constructor(boot: Boot, app: () => net.Server, arrivals: PeerArrivals) {
    this.#boot = boot;
    this.#app = app;
    this.#arrivals = arrivals;
  }

  open(): void {
    if (this.#own !== undefined) return;
    const { workerSocket, socketMode, socketGroup, siblingsSocket } = this.#boot;
    this.#own = this.#listen(workerSocket);
    chmodSync(workerSocket, socketMode);
    if (socketGroup !== null) chownSync(workerSocket, process.getuid!(), socketGroup);
    this.#peers = listenForPeers(siblingsSocket, this.#app, this.#arrivals);
  }

  close(): void {
    this.#own?.close();
    this.#peers?.close();
    this.#own = undefined;
  }

  /** Another server is the app's. */
  follow(): void {
    if (this.#own) acceptAs(this.#own, this.#app());
  }

  #listen(path: string): net.Server {
    const server = serverOf(acceptOptions(this.#app()), (socket) => {
      const app = this.#app();
      if (isFull(app)) {
        socket.destroy();
        return;
      }
      adopt(socket, app);
      app.emit('connection', socket);
    });
    listenOn(server, path, backlog);
    return server.unref();
  }
}
