import type net from 'node:net';

import type { Boot } from '../../protocol/boot.ts';
import { familyOf } from '../connection/addresses.ts';
import type { Bind, PortClaims } from './listen.ts';
import { openOwnPort } from './own-port.ts';
import { guarded } from '../runtime/guard.ts';
import { hear, hearOnce } from '../runtime/sockets.ts';
import { setTimeout } from '../runtime/timers.ts';
import { logToOperator } from '../runtime/operator-log.ts';
import { errorMonitor, unlinkSync } from '../runtime/originals.ts';

/** How long an app may take to ask for PORT after it has listened elsewhere, before that is taken for its server. */
const settleMs = 1_500;

/** A server that was told to listen on PORT, or on the port that the app is known to use instead. */
interface Claim {
  port: number;
  bind: Bind;
}

/** Whoever listens at `path` goes on to; `close()` does not mind that it is gone. */
function unlink(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody else has removed it.
  }
}

/**
 * Recognises the app's server: the one that asks for PORT. As long as nobody has, it is the only one that listens on a
 * port of the app's own choice; that gives way as soon as PORT is asked for.
 */
export class Claims implements PortClaims {
  readonly #boot: Boot;
  /** `server` is the app's from now on; `port` is what it asked for. */
  readonly #serves: (server: net.Server, port: number) => void;
  readonly #claims = new Map<net.Server, Claim>();
  /** Servers on ports of the app's own choice, which they have. */
  readonly #others = new Map<net.Server, number>();
  readonly #watched = new WeakSet<net.Server>();
  /** The app's server, as long as it listens. */
  #main: net.Server | undefined;
  #everFound = false;
  /** The port that `#main` has been recognised by without having asked for PORT. */
  #learnedPort: number | undefined;
  /** PORT has been asked for, here or by another worker of this release: nothing else can be the app's server. */
  #heedsPort: boolean;
  #paths = 0;

  constructor(boot: Boot, serves: (server: net.Server, port: number) => void) {
    this.#boot = boot;
    this.#serves = serves;
    this.#heedsPort = boot.learnedPort === boot.port;
    // Counted from the start of the process, as the supervisor does.
    setTimeout(() => this.#explain(), Math.max(0, boot.startTimeout * 0.8 - process.uptime() * 1000)).unref();
  }

  claim(server: net.Server, port: number, bind: Bind): string | undefined {
    this.#claims.delete(server);
    this.#others.delete(server);
    if (port !== this.#boot.port && (this.#heedsPort || port !== this.#boot.learnedPort)) {
      this.#others.set(server, port);
      this.#watch(server);
      return undefined;
    }
    const claim = { port, bind };
    // Nobody connects there: what the app's server gets is accepted elsewhere, whichever server that is at the time.
    const path = `${this.#boot.siblingsSocket}.${(this.#paths += 1)}`;
    this.#claims.set(server, claim);
    this.#answerAs(server, port);
    const listening = guarded('listen', () => {
      // An attempt before this one may have failed.
      if (this.#claims.get(server) === claim) this.#listens(server, claim, path);
    });
    server.prependOnceListener('listening', listening);
    hearOnce(server, 'close', () => {
      if (this.#claims.get(server) === claim) this.#claims.delete(server);
    });
    return path;
  }

  #listens(server: net.Server, { port }: Claim, path: string): void {
    unlink(path);
    const heedsPort = port === this.#boot.port;
    const before = this.#main === server ? undefined : this.#main;
    // Some frameworks listen on each address of "localhost" with a server of its own: one of them is enough.
    if (before !== undefined && (!heedsPort || this.#heedsPort)) return;
    this.#heedsPort ||= heedsPort;
    this.#recognise(server, port);
    if (before !== undefined) this.#release(before);
  }

  #recognise(server: net.Server, port: number): void {
    this.#main = server;
    this.#everFound = true;
    if (port !== this.#boot.port) this.#learnedPort = port;
    this.#serves(server, port);
  }

  /** It was none of ours: it listens where it was told to. */
  #release(server: net.Server): void {
    const claim = this.#claims.get(server);
    this.#claims.delete(server);
    Reflect.deleteProperty(server, 'address');
    if (claim !== undefined) openOwnPort(server, claim.bind, () => this.#tellCollision(claim.port));
  }

  /** The app's server was closed. Another one on the same port takes over at once: true if there is one. */
  closed(): boolean {
    this.#main = undefined;
    for (const [server, { port }] of this.#claims) {
      if (!server.listening) continue;
      this.#recognise(server, port);
      return true;
    }
    this.#settleSoon();
    return false;
  }

  /** To the app its server has the public address. */
  #answerAs(server: net.Server, port: number): void {
    const tcp = this.#boot.listeners.flatMap(({ address }) => ('port' in address ? [address] : []));
    const host = tcp.find((address) => familyOf(address.host) === 'IPv6')?.host ?? tcp[0]?.host ?? '::';
    const address = { address: host, family: familyOf(host), port };
    server.address = () => (server.listening ? address : null);
  }

  #watch(server: net.Server): void {
    Reflect.deleteProperty(server, 'address');
    if (this.#watched.has(server)) return;
    this.#watched.add(server);
    (server as NodeJS.EventEmitter).on(errorMonitor, (error: NodeJS.ErrnoException) => {
      const port = this.#others.get(server);
      if (error.code === 'EADDRINUSE' && port !== undefined) this.#tellCollision(port);
    });
    hear(server, 'listening', () => {
      // It was recognised before: nothing is to be waited for.
      if (this.#others.get(server) === this.#learnedPort) this.#settle();
      else this.#settleSoon();
    });
    hear(server, 'close', () => {
      if (!server.listening) this.#others.delete(server);
      this.#settleSoon();
    });
  }

  #settleSoon(): void {
    if (!this.#heedsPort) setTimeout(() => this.#settle(), settleMs).unref();
  }

  #settle(): void {
    if (this.#heedsPort || this.#main !== undefined) return;
    // A port that the kernel chooses is known to no client.
    const candidates = [...this.#others].filter(([server, port]) => server.listening && port !== 0);
    if (new Set(candidates.map(([, port]) => port)).size !== 1) return;
    this.#recognise(...candidates[0]!);
  }

  #tellCollision(port: number): void {
    logToOperator(
      `port ${port} is in use: each worker that listens on it needs one of its own. Give the app's variable ` +
        `for it a template in radiant.config, for instance env: { METRICS_PORT: '{${port}+slot}' }`,
    );
  }

  /** Shortly before the worker is given up: what an operator would look for. */
  #explain(): void {
    if (this.#everFound) return;
    const ports = [...this.#others].filter(([server]) => server.listening).map(([, port]) => port);
    if (ports.some((port) => port !== 0)) {
      const listed = ports.filter((port) => port !== 0).join(' and ');
      logToOperator(`the app listens on ${listed}, but on none that it was told: PORT is ${this.#boot.port}`);
    } else if (Object.keys(require.cache).some((file) => /uWebSockets\.js|uws_\w+\.node/.test(file))) {
      logToOperator(
        'the app listens with uWebSockets.js, which opens sockets past Node: Radiant cannot share its port',
      );
    } else logToOperator(`the app does not listen; it was told to on PORT ${this.#boot.port}`);
  }
}
