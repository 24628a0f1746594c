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
import { Drain } from './drain/drain.ts';
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
import { IdleClose } from './drain/idle-close.ts';
import { HandOvers } from './hand-over/hand-overs.ts';
import { askApp } from './hand-over/opening-request.ts';
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
  readonly #forwardedSessions: ForwardedSessions;
  readonly #reports: LoadReports;
  readonly #roll: SessionRoll;
  readonly #claims: Claims;
  readonly #deadlines: Deadlines;
  readonly #handOvers: HandOvers;
  #app: AppServer | undefined;
  #certificates: Certificates | undefined;
  #port = 0;
  /** The inherited listening sockets have been used. */
  #opened = false;
  /** Clients may come: the supervisor says when. */
  #admitted = false;
  /** Nothing is left after a drain, which cut off so many requests. */
  #drained: number | undefined;

  constructor(boot: Boot) {
    this.#boot = boot;
    this.#settingsUsed = provideSettings(boot.settings);
    const registries = new Set<unknown>();
    this.#leading = offerLeadership(boot, registries);
    this.#link = new SupervisorLink(
      boot.supervisorSocket,
      () => this.#hello(),
      (message) => this.#on(message),
    );
    const parts = assemble(boot, this.#link, this.#meter, (client, end) =>
      this.#app!.openStream(client, end, 'peer'),
    );
    this.#parts = parts;
    this.#idleClose = new IdleClose(parts);
    this.#handOvers = new HandOvers(
      { ...parts, link: this.#link },
      {
        connection: (handle, head, addresses) => this.#app!.take(handle, head, addresses),
        request: (head, addresses, done) =>
          askApp((client, end) => this.#app!.openStream(client, end, 'peer'), head, addresses, done),
      },
    );
    this.#roll = new SessionRoll(parts.sessions);
    this.#forwardedSessions = new ForwardedSessions(parts, () => this.#reports.draining);
    this.#router = new Router(parts, routerRules(boot), () => this.#app!);
    const told = { ...parts, link: this.#link, meter: this.#meter };
    this.#reports = new LoadReports(told);
    this.#measurements = new Measurements({
      ...told,
      handOvers: this.#handOvers,
      registries,
    });
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
    this.#reports.tell();
    this.#link.send({ type: 'listening', port: this.#port });
    this.#handOvers.install();
    if (this.#handOvers.installed) this.#link.send({ type: 'takesSessions' });
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
      takesSessions: this.#handOvers.installed,
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
        this.#welcomed();
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
        this.#leading.set(message.leader);
        // Behind what the app does when it hears of it.
        if (!message.leader) nextTick(guarded('message', () => this.#link.send({ type: 'resigned' })));
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
        this.#drainAsTold();
        break;
      case 'goodbye':
        this.#reports.draining?.goodbye(message.count);
        break;
      case 'shed':
        this.#idleClose.begin(message.count);
        break;
      case 'measure':
        settle(this.#measurements.answer(message.id));
        break;
      case 'finish':
        this.#finish();
        break;
    }
  }

  #welcomed(): void {
    this.#roll.goOn(this.#link);
    this.#parts.placementClient.askAgain();
  }

  #open(): void {
    this.#admitted = true;
    this.#parts.pinning.closed = false;
    this.#drained = undefined;
    this.#reports.draining?.cancel();
    this.#reports.drains(undefined);
    this.#accept();
  }

  /** It may be empty already, and the supervisor that it said so to have died. */
  #drainAsTold(): void {
    if (this.#drained === undefined) this.#drain();
    else this.#link.send({ type: 'drained', cut: this.#drained });
  }

  #drain(): void {
    if (this.#parts.pinning.closed) return;
    this.#admitted = false;
    this.#parts.pinning.closed = true;
    const drained = (cut: number): void => {
      this.#drained = cut;
      this.#measurements.tell();
      this.#link.send({ type: 'drained', cut });
    };
    if (this.#app === undefined) {
      drained(0);
      return;
    }
    this.#reports.drains(new Drain(this.#app, { ...this.#parts, handOvers: this.#handOvers }, drained));
  }

  /** What was on its way here may have held up the drain itself. */
  #finish(): void {
    this.#drain();
    this.#reports.draining?.finish();
  }
}

const boot = readBoot();
if (boot !== undefined) new Agent(boot).start();
