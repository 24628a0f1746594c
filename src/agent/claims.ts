import { errorMonitor } from 'node:events';
import net from 'node:net';

import type { Boot } from '../protocol/boot.ts';
import type { PortClaims } from './listen.ts';
import { tell } from './tell.ts';
import { guarded } from './runtime/guard.ts';
import { hearOnce } from './runtime/sockets.ts';
import { setTimeout } from './runtime/timers.ts';

/** How long an app may take to ask for PORT after it has listened elsewhere, before that is taken for its server. */
const settleMs = 1_500;

/** What follows from a claim. */
export interface ClaimEffects {
  /** The app's server listens on the worker's socket; `port` is what it asked for. */
  listening(server: net.Server, port: number): void;
  /** The app's only server listens on a port of its own choice. */
  learned(server: net.Server, port: number): void;
}

/** Recognises the app's server: the one that asks for PORT, else the only one. */
export class Claims implements PortClaims {
  readonly #boot: Boot;
  readonly #effects: ClaimEffects;
  readonly #others = new Map<net.Server, number>();
  #main: net.Server | undefined;
  #pairs = 0;

  constructor(boot: Boot, effects: ClaimEffects) {
    this.#boot = boot;
    this.#effects = effects;
    // Counted from the start of the process, as the supervisor does.
    setTimeout(() => this.#explain(), Math.max(0, boot.startTimeout * 0.8 - process.uptime() * 1000)).unref();
  }

  claim(server: net.Server, port: number): string | undefined {
    if (port !== this.#boot.port && port !== this.#boot.learnedPort) {
      this.#watch(server, port);
      return undefined;
    }
    this.#answerAs(server, port);
    if (this.#main !== undefined && this.#main !== server && this.#main.listening) {
      // Some frameworks listen on each address of "localhost" with a server of its own: one of them is enough.
      return `${this.#boot.siblingsSocket}.${(this.#pairs += 1)}`;
    }
    this.#main = server;
    const listening = guarded('listen', () => this.#effects.listening(server, port));
    server.prependOnceListener('listening', listening);
    return this.#boot.workerSocket;
  }

  /** To the app its server has the public address. */
  #answerAs(server: net.Server, port: number): void {
    const tcp = this.#boot.listeners.flatMap(({ address }) => ('port' in address ? [address] : []));
    const host = tcp.find((address) => net.isIPv6(address.host))?.host ?? tcp[0]?.host ?? '::';
    const address = { address: host, family: net.isIPv6(host) ? 'IPv6' : 'IPv4', port };
    server.address = () => (server.listening ? address : null);
  }

  #watch(server: net.Server, port: number): void {
    (server as NodeJS.EventEmitter).on(errorMonitor, (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return;
      tell(
        `port ${port} is in use: each worker that listens on it needs one of its own. Give the app's variable ` +
          `for it a template in radiant.config, for instance env: { METRICS_PORT: '{${port}+slot}' }`,
      );
    });
    hearOnce(server, 'listening', () => {
      this.#others.set(server, port);
      setTimeout(() => this.#settle(), settleMs).unref();
    });
    hearOnce(server, 'close', () => void this.#others.delete(server));
  }

  #settle(): void {
    if (this.#main !== undefined || this.#others.size !== 1) return;
    const [[server, port]] = this.#others as unknown as [[net.Server, number]];
    this.#main = server;
    this.#effects.learned(server, port);
  }

  /** Shortly before the worker is given up: what an operator would look for. */
  #explain(): void {
    if (this.#main !== undefined) return;
    const ports = [...this.#others.values()].join(' and ');
    if (ports !== '')
      tell(`the app listens on ${ports}, but on none that it was told: PORT is ${this.#boot.port}`);
    else if (Object.keys(require.cache).some((file) => /uWebSockets\.js|uws_\w+\.node/.test(file))) {
      tell(
        'the app listens with uWebSockets.js, which opens sockets past Node: Radiant cannot share its port',
      );
    } else tell(`the app does not listen; it was told to on PORT ${this.#boot.port}`);
  }
}
