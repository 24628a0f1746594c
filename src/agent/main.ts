import type net from 'node:net';

import type { Boot } from '../protocol/boot.ts';
import {
  protocolVersion,
  type AgentMessage,
  type Certificates,
  type SupervisorMessage,
} from '../protocol/messages.ts';
import { AppServer } from './listener/app-server.ts';
import { readBoot } from './boot.ts';
import { Claims } from './hooks/claims.ts';
import { Deadlines } from './limits/deadlines.ts';
import { Draining } from './drain/draining.ts';
import { missingInternals } from './runtime/internals.ts';
import { receiveHandles } from './link/ipc.ts';
import { offerLeadership, type Leading } from './hooks/leader.ts';
import { interceptListen } from './hooks/listen.ts';
import { LoadReports } from './reports/load-reports.ts';
import { Measurements } from './reports/measurements.ts';
import { Meter } from './meter/meter.ts';
import { assemble, type Parts } from './parts.ts';
import { refuseCluster } from './hooks/refuse-cluster.ts';
import { guarded } from './runtime/guard.ts';
import { nextTick } from './runtime/originals.ts';
import { faults } from './runtime/faults.ts';
import { Router, routerRules } from './routing/router.ts';
import { provideSettings } from './hooks/settings.ts';
import { byHandingOver, bySendingAway, IdleClose } from './drain/idle-close.ts';
import { AppCallbacks } from './hand-over/app/app-callbacks.ts';
import { HandOvers } from './hand-over/hand-overs.ts';
import { SessionRoll } from './sessions/session-roll.ts';
import { SupervisorLink } from './link/supervisor-link.ts';
import { logToOperator } from './runtime/operator-log.ts';
import { watchUser } from './runtime/changed-user.ts';
import { ForwardedSessions } from './drain/forwarded-sessions.ts';
import { settle } from './runtime/promises.ts';
import { setImmediate } from './runtime/timers.ts';

/** The agent: its parts, and what each message means to them. */
class Agent {
  readonly #boot: Boot;
  readonly #link: SupervisorLink;
  readonly #meter = new Meter();
  readonly #router: Router;
  readonly #measurements: Measurements;
  readonly #leading: Leading;
  readonly #settingsUsed: () => void;
  readonly #parts: Parts;
  readonly #idleClose: IdleClose;
  readonly #shedding: IdleClose;
  readonly #forwardedSessions: ForwardedSessions;
  readonly #reports: LoadReports;
  readonly #roll: SessionRoll;
  readonly #claims: Claims;
  readonly #deadlines: Deadlines;
  readonly #handOvers: HandOvers;
  readonly #draining: Draining;
  #app: AppServer | undefined;
  #certificates: Certificates | undefined;
  #port = 0;
  /** The inherited listening sockets have been used. */
  #opened = false;
  /** Clients may come: the supervisor says when. */
  #admitted = false;

  constructor(boot: Boot) {
    this.#boot = boot;
    this.#settingsUsed = provideSettings(boot.settings);
    const registries = new Set<unknown>();
    const callbacks = new AppCallbacks();
    this.#leading = offerLeadership(boot, {
      registries,
      onHandOver: (each) => this.#handOvers.use(each as never),
    });
    this.#link = new SupervisorLink(
      boot.supervisorSocket,
      () => this.#hello(),
      (message) => this.#on(message),
    );
    const parts = assemble(boot, this.#link, this.#meter, (client, end) =>
      this.#app!.openStream(client, end, 'peer'),
    );
    this.#parts = parts;
    this.#idleClose = new IdleClose(parts, bySendingAway(parts));
    this.#handOvers = new HandOvers(
      {
        ...parts,
        callbacks,
        link: this.#link,
        self: { worker: boot.worker, siblings: boot.siblingsSocket },
        wanted: boot.handOver,
      },
      () => this.#app!,
    );
    this.#shedding = new IdleClose(parts, byHandingOver(parts, this.#handOvers.sessions));
    this.#roll = new SessionRoll(parts.sessions);
    this.#forwardedSessions = new ForwardedSessions(parts, () => this.#draining.current);
    this.#router = new Router(parts, routerRules(boot), () => this.#app!);
    const told = { ...parts, link: this.#link, meter: this.#meter };
    this.#reports = new LoadReports(told);
    const handOvers = this.#handOvers;
    this.#measurements = new Measurements({ ...told, handOvers, registries });
    const draining = { measurements: this.#measurements, reports: this.#reports };
    this.#draining = new Draining({ ...parts, ...draining, handOvers, link: this.#link });
    this.#claims = new Claims(boot, (server, port) => this.#serves(server, port));
    const { headTimeout, requestTimeout } = boot.limits;
    const times = { head: headTimeout, request: requestTimeout };
    this.#deadlines = new Deadlines(times, parts.websockets, this.#meter.refusals);
  }

  start(): void {
    faults.listen((fault) => this.#link.send({ type: 'fault', ...fault }));
    const missing = missingInternals();
    if (missing.length > 0)
      logToOperator(`this Node lacks ${missing.join(', ')}: connections cannot move between workers`);
    receiveHandles({
      moved: (message, handle) => this.#parts.handoff.arrive(message, handle, this.#app),
      failed: (message) => this.#parts.handoff.refuse(message),
      listener: ({ index }, handle) => {
        if (handle) this.#app?.openListener(handle, this.#boot.listeners[index]!.speaks);
      },
      session: (message, handle) => this.#handOvers.arrived(message, handle),
    });
    interceptListen(this.#claims);
    refuseCluster();
    watchUser();
    this.#link.connect();
    this.#reports.begin();
    this.#parts.limits?.begin(this.#link, this.#parts.members);
  }

  /** The app's server listens, for the first time, again, or another one than before. */
  #serves(server: net.Server, port: number): void {
    this.#limit(server);
    if (this.#app === undefined) this.#begin(server);
    else this.#app.use(server);
    this.#app!.open();
    if (this.#admitted) this.#accept();
    this.#port = port;
    setImmediate(this.#settingsUsed);
    this.#announce();
  }

  #begin(server: net.Server): void {
    this.#app = new AppServer(
      server,
      this.#boot,
      this.#router,
      this.#meter.traffic,
      this.#parts,
      (...session) => this.#handOvers.asked(...session),
      () => this.#closed(),
    );
    this.#reports.app = this.#app;
    this.#deadlines.watch(this.#app.connections);
    if (this.#certificates) this.#app.useCertificates(this.#certificates);
  }

  #closed(): void {
    if (this.#claims.closed()) return;
    this.#app!.shut();
    this.#link.send({ type: 'closed' });
  }

  #limit(server: net.Server): void {
    const { maxHead } = this.#boot.limits;
    if (maxHead !== null) (server as { maxHeaderSize?: number }).maxHeaderSize = maxHead;
    this.#deadlines.replaceIn(server);
  }

  /** Takes connections from the public sockets. An inherited descriptor that was closed cannot be listened on again. */
  #accept(): void {
    const app = this.#app;
    if (!app?.server.listening || app.accepts) return;
    app.accepts = true;
    if (this.#opened) this.#link.send({ type: 'reopen' });
    else for (const { fd, speaks } of this.#boot.listeners) app.openListener({ fd }, speaks);
    this.#opened = true;
    this.#link.send({ type: 'accepting' });
  }

  #announce(): void {
    // The hello to the next supervisor has it said.
    if (!this.#link.connected) return;
    this.#handOvers.prove(() => {
      this.#reports.tell();
      if (this.#handOvers.takes) this.#link.send({ type: 'takesSessions' });
      this.#link.send({ type: 'listening', port: this.#port });
    });
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
      websockets: this.#parts.websockets.open,
      ...this.#roll.begin(),
      confirms: true,
      takesSessions: this.#handOvers.takes,
      taken: this.#parts.handoff.taken,
      moving: this.#parts.handoff.moving,
    };
  }

  #on(message: SupervisorMessage): void {
    switch (message.type) {
      case 'fleet':
        this.#parts.members.update(message.workers);
        this.#forwardedSessions.look();
        break;
      case 'welcome':
        this.#roll.goOn(this.#link);
        this.#parts.placementClient.askAgain();
        break;
      case 'placed':
        this.#parts.placementClient.placed(message);
        break;
      case 'moved':
        this.#parts.handoff.moved(message.move);
        break;
      case 'unmoved':
        this.#parts.handoff.unmoved(message.move);
        this.#handOvers.unmoved(message.move);
        break;
      case 'leader':
        this.#lead(message.leader);
        break;
      case 'certificates':
        this.#certificates = message;
        this.#app?.useCertificates(message);
        break;
      case 'maintenance':
        this.#parts.maintenance.use(message);
        if (message.close) this.#idleClose.begin(Number.MAX_SAFE_INTEGER);
        break;
      case 'challenges':
        this.#parts.challenges.update(message);
        break;
      case 'shares':
        this.#parts.limits?.use(message);
        break;
      case 'open':
        this.#open();
        break;
      case 'shut':
        this.#admitted = false;
        this.#app?.stopAccepting();
        break;
      case 'drain':
      case 'goodbye':
      case 'finish':
        this.#empty(message);
        break;
      case 'shed':
        this.#shedding.begin(message.count);
        break;
      case 'measure':
        settle(this.#measurements.answer(message.id));
        break;
    }
  }

  #lead(leader: boolean): void {
    this.#leading.set(leader);
    // Behind what the app does when it hears of it.
    if (!leader) nextTick(guarded('message', () => this.#link.send({ type: 'resigned' })));
  }

  #empty(message: SupervisorMessage & { type: 'drain' | 'goodbye' | 'finish' }): void {
    this.#admitted = false;
    if (message.type === 'goodbye') this.#draining.goodbye(message.count);
    else if (message.type === 'drain') this.#draining.begin(this.#app);
    else this.#draining.finish(this.#app);
  }

  #open(): void {
    this.#admitted = true;
    this.#draining.cancel();
    this.#accept();
  }
}

const boot = readBoot();
if (boot !== undefined) new Agent(boot).start();
