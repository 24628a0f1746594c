import cluster from 'node:cluster';
import type net from 'node:net';
import { performance } from 'node:perf_hooks';

import type { Boot } from '../protocol/boot.ts';
import { protocolVersion, type AgentMessage, type SupervisorMessage } from '../protocol/messages.ts';
import { AppServer } from './app-server.ts';
import { readBoot } from './boot.ts';
import { Claims } from './claims.ts';
import { drain } from './drain.ts';
import { Fleet } from './fleet.ts';
import { connectionCount, missingInternals } from './internals.ts';
import { receiveHandles } from './ipc.ts';
import { offerLeadership, type Leading } from './leader.ts';
import { interceptListen } from './listen.ts';
import { Moves } from './moves.ts';
import { Ownership } from './ownership.ts';
import { Placement } from './placement.ts';
import { Router } from './router.ts';
import { Sessions } from './sessions.ts';
import { provideSettings } from './settings.ts';
import { SupervisorLink } from './supervisor-link.ts';
import { tell } from './tell.ts';
import { WebSockets } from './websockets.ts';

const loadEveryMs = 1_000;

/** The agent: its parts, and what each message means to them. */
class Agent {
  readonly #boot: Boot;
  readonly #link: SupervisorLink;
  readonly #fleet: Fleet;
  readonly #sessions: Sessions;
  readonly #placement: Placement;
  readonly #moves: Moves;
  readonly #websockets: WebSockets;
  readonly #router: Router;
  readonly #leading: Leading;
  readonly #settingsUsed: () => void;
  #app: AppServer | undefined;
  #port = 0;
  #opened = false;
  #utilization = performance.eventLoopUtilization();

  constructor(boot: Boot) {
    this.#boot = boot;
    this.#settingsUsed = provideSettings(boot.settings);
    this.#leading = offerLeadership(boot.slot, boot.release, boot.leader);
    this.#fleet = new Fleet(boot.worker);
    this.#sessions = new Sessions(boot.worker);
    this.#link = new SupervisorLink(
      boot.supervisorSocket,
      () => this.#hello(),
      (message) => this.#on(message),
    );
    this.#placement = new Placement(this.#link, this.#fleet, this.#sessions);
    this.#moves = new Moves(boot.worker, this.#link);
    this.#websockets = new WebSockets((open) => this.#link.send({ type: 'websockets', open }));
    const { affinity, release, cookie, proxies } = boot;
    const parts = {
      fleet: this.#fleet,
      sessions: this.#sessions,
      ownership: new Ownership(affinity, { name: cookie.name, release }, this.#fleet, this.#sessions),
      placement: this.#placement,
      moves: this.#moves,
      websockets: this.#websockets,
      announce: (session: string) => this.#link.send({ type: 'session', session }),
    };
    this.#router = new Router(
      parts,
      { sticky: affinity !== 'none', proxies, cookie, release },
      () => this.#app!,
    );
  }

  start(): void {
    const missing = missingInternals();
    if (missing.length > 0)
      tell(`this Node lacks ${missing.join(', ')}: connections cannot move between workers`);
    receiveHandles({
      moved: (message, handle) => this.#moves.arrive(message, handle, this.#app),
      listener: (_message, handle) => {
        if (handle) this.#app?.openListener(handle);
      },
    });
    interceptListen(
      new Claims(this.#boot, {
        listening: (server, port) => this.#listening(server, port, false),
        learned: (server, port) => this.#listening(server, port, true),
      }),
    );
    refuseCluster();
    this.#link.connect();
    setInterval(() => this.#report(), loadEveryMs).unref();
  }

  #listening(server: net.Server, port: number, learned: boolean): void {
    if (this.#app?.server !== server) this.#app = new AppServer(server, this.#boot, this.#router);
    if (learned) this.#app.listenLocally();
    this.#app.open();
    if (this.#opened) this.#link.send({ type: 'reopen' });
    else for (const { fd } of this.#boot.listeners) this.#app.openListener({ fd });
    this.#opened = true;
    this.#port = port;
    setImmediate(this.#settingsUsed);
    this.#announce();
  }

  #announce(): void {
    this.#report();
    this.#link.send({ type: 'listening', port: this.#port });
  }

  #hello(): AgentMessage & { type: 'hello' } {
    // What was said while nobody was there is said again.
    if (this.#app?.server.listening) setImmediate(() => this.#announce());
    return {
      type: 'hello',
      version: protocolVersion,
      token: this.#boot.token,
      worker: this.#boot.worker,
      pid: process.pid,
      listening: this.#app?.server.listening ?? false,
      leader: this.#leading.current,
      websockets: this.#websockets.open,
      sessions: this.#sessions.own(),
      taken: this.#moves.taken,
      moving: this.#moves.moving,
    };
  }

  #on(message: SupervisorMessage): void {
    switch (message.type) {
      case 'fleet':
        this.#fleet.update(message.workers);
        break;
      case 'welcome':
        this.#placement.askAgain();
        break;
      case 'placed':
        this.#placement.placed(message.id, message.worker);
        break;
      case 'moved':
        this.#moves.moved(message.move);
        break;
      case 'unmoved':
        this.#moves.unmoved(message.move);
        break;
      case 'leader':
        this.#leading.set(message.leader);
        if (!message.leader) this.#link.send({ type: 'resigned' });
        break;
      case 'drain':
        this.#drain(message.pace);
        break;
    }
  }

  #drain(pace: number): void {
    if (this.#router.draining) return;
    this.#router.draining = true;
    const drained = (): void => this.#link.send({ type: 'drained' });
    if (this.#app === undefined) drained();
    else {
      const parts = { fleet: this.#fleet, moves: this.#moves, websockets: this.#websockets };
      drain(this.#app, parts, pace, drained);
    }
  }

  #report(): void {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#utilization);
    this.#utilization = now;
    this.#link.send({
      type: 'load',
      eventLoopUtilization: utilization,
      // Not memoryUsage.rss(): Node 14.17 lacks it.
      rssBytes: process.memoryUsage().rss,
      connections: this.#app ? connectionCount(this.#app.server) : 0,
      requests: this.#router.requests,
    });
    for (const session of this.#sessions.expire()) this.#link.send({ type: 'forget', session });
  }
}

/** An app that forks workers of its own would bind the port past Radiant, in processes that nobody watches. */
function refuseCluster(): void {
  cluster.once('fork', () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
    tell(
      'the app starts workers of its own with node:cluster. Radiant does that: start the file that runs one ' +
        'server, or switch the clustering off in the app',
    );
    process.exit(1);
  });
}

const boot = readBoot();
if (boot !== undefined) new Agent(boot).start();
