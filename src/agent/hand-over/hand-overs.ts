import type net from 'node:net';

import type { AppServer } from '../listener/app-server.ts';
import type { OpenStream } from '../carrier/stream.ts';
import { logToOperator } from '../runtime/operator-log.ts';
import { lackOfRehearsal } from './internals/rehearsed-server.ts';
import type { Member } from '../../protocol/messages.ts';

import type { SessionMessage } from '../../protocol/messages.ts';
import type { Refusal } from '../../protocol/refusals.ts';
import type { SupervisorLink } from '../link/supervisor-link.ts';
import type { Members } from '../membership/members.ts';
import { fault, guarded } from '../runtime/guard.ts';
import type { Handle } from '../runtime/internals.ts';
import type { DdpSession, DdpSessions } from '../sessions/ddp-sessions.ts';
import type { DepartingSessions } from '../sessions/departing-sessions.ts';
import type { LongPolls } from '../sessions/long-polls.ts';
import { sessionOf } from '../sessions/sessions.ts';
import type { HandOverCallbacks } from '../../common/in-app.ts';
import type { WayOut } from './giving/given-session.ts';
import { PlainServers, type ServerCallbacks } from './plain-servers.ts';
import type { AppCallbacks } from './app/app-callbacks.ts';
import type { ArrivingSessions } from '../affinity/new-sessions.ts';
import { Arrivals } from './taking/arrivals.ts';
import type { AskApp } from './taking/taking.ts';
import { refusalOf, refusalOfWebSocket } from './giving/giver.ts';
import { GivenPoll } from './giving/given-poll.ts';
import type { GivenTransport } from './giving/given-transport.ts';
import { GivenWebSocket, partsOfFaye } from './giving/given-websocket.ts';
import type { Answer } from './app/answer.ts';
import { GivenMeteorSession } from './giving/given-meteor-session.ts';
import { Giving, type Offer } from './giving/giving.ts';
import { Offers } from './giving/offers.ts';
import { InflateWindows } from './internals/inflate-windows.ts';
import { hearConnections, lackOfServer, openSession, type MeteorSession } from './internals/meteor.ts';
import { unexpected } from './internals/unexpected.ts';
import { lackOfPoll, webSocketOf, type SockJsConnection } from './internals/sockjs.ts';
import { Rehearsal } from './rehearsal/rehearsal.ts';
import type { PollState, State } from './state/state.ts';
import { TakenPoll } from './taking/taken-poll.ts';
import { askApp } from './taking/opening-request.ts';

export interface HandOverParts {
  ddp: DdpSessions;
  departing: DepartingSessions;
  link: SupervisorLink;
  members: Members;
  callbacks: AppCallbacks;
  newSessions: ArrivingSessions;
  polls: Pick<LongPolls, 'isPolled' | 'isSending'>;
  /** This worker. */
  self: Pick<Member, 'siblings' | 'worker'>;
  /** As the option `handOver` says. */
  wanted: boolean;
}

type Done = (refusal?: Refusal) => void;

/** The app here, which gets what another worker had. */
export type Adopter = Pick<AppServer, 'openStream' | 'take'>;

/** The sessions that go to other workers, and those that come from them. */
export class HandOvers {
  given = 0;
  /** How often a session stayed, by the reason. */
  readonly refused = new Map<Refusal, number>();
  readonly #parts: HandOverParts;
  readonly #app: () => Adopter;
  readonly #windows = new InflateWindows();
  readonly #arrivals: Arrivals;
  readonly #offers: Offers;
  readonly #plain = new PlainServers();
  /** Sessions of Meteor's that go to other workers. */
  readonly sessions: WayOut<DdpSession> = {
    obstacleOf: () => this.#obstacle(this.proven ? undefined : 'Meteor is not as expected'),
    give: (session, done) => this.#give((ended) => this.#begin(session as MeteorSession, ended), done),
  };
  /** WebSockets of the app's own that do. */
  readonly sockets: WayOut<net.Socket> = {
    obstacleOf: (socket) => this.#obstacle(this.#plain.has(socket) ? undefined : 'no session of Meteor'),
    give: (socket, done) => this.#give((ended) => this.#beginSocket(socket, ended), done),
  };
  #rehearsal: Rehearsal | undefined;
  /** They are told when it is over. */
  readonly #waiting: (() => void)[] = [];
  /** Sessions can go and come, as a rehearsal has shown; undefined: there was none. */
  #proven: boolean | undefined;

  /** `app`: the one that sessions come to. */
  constructor(parts: HandOverParts, app: () => Adopter) {
    this.#parts = parts;
    this.#app = app;
    this.#offers = new Offers(`s${parts.members.self}-${process.pid}-`);
    const inMeteor = (task: () => unknown): unknown => parts.ddp.inMeteor(task);
    const openPoll = (state: PollState): TakenPoll => this.#openPoll(state);
    const ask: AskApp = (connection, state) => parts.callbacks.take(connection, state, inMeteor);
    const lack = (): Refusal | undefined => (this.proven ? undefined : 'Meteor is not as expected');
    const taken = { open: openSession, inMeteor, ask };
    this.#arrivals = new Arrivals({ windows: this.#windows, openPoll, taken, lack, plain: this.#plain }, app);
  }

  /** The app listens: all that it has of Meteor is there. `done` is called when it is known whether sessions can go and come. */
  prove(done: () => void): void {
    const impossible = !this.#parts.wanted || lackOfServer().length > 0;
    if (impossible || this.#proven !== undefined) return done();
    this.#waiting.push(done);
    if (this.#waiting.length > 1) return;
    // Sessions that it finds only later count as clients'.
    this.#parts.ddp.look();
    this.#listen();
    this.#rehearse();
  }

  /** Each connection is looked at from its beginning. */
  #listen(): void {
    const connected = guarded('ddp', (connection: SockJsConnection) => {
      const ws = webSocketOf(connection);
      if (ws !== undefined) this.#windows.watch(ws);
      if (this.#rehearsal?.connected(connection) !== true) this.#arrivals.connected(connection);
    });
    hearConnections(connected);
  }

  #rehearse(): void {
    const over = (odd?: string): void => {
      this.#proven = odd === undefined;
      this.#rehearsal = undefined;
      if (odd !== undefined) logToOperator(`live sessions stay in this worker: a rehearsal failed: ${odd}`);
      for (const done of this.#waiting.splice(0)) done();
    };
    const { ddp, self } = this.#parts;
    // The worker is announced behind it, whatever an app has made of these packages.
    try {
      const [lack] = lackOfRehearsal();
      if (lack === undefined) this.#rehearsal = new Rehearsal({ ddp, self, windows: this.#windows }, over);
      else over(`there is no ${lack}`);
    } catch (error) {
      fault('ddp', error);
      over('it could not begin');
    }
  }

  /** Has the app say what goes along with its sessions, or with the WebSockets of a server. Errors: a TypeError. */
  use(callbacks: HandOverCallbacks | ServerCallbacks): void {
    if (!('server' in callbacks)) return this.#parts.callbacks.use(callbacks);
    this.#plain.use(callbacks);
    if (this.takes) this.#parts.link.send({ type: 'takesSessions' });
  }

  /** Something can come from other workers. */
  get takes(): boolean {
    return this.proven || (this.#parts.wanted && this.#plain.used);
  }

  /** Sessions of Meteor's can go and come. */
  get proven(): boolean {
    return this.#proven === true;
  }

  get taken(): number {
    return this.#arrivals.taken;
  }

  /** Why nothing of a kind can go anywhere; `own`: what this worker lacks of what it takes. */
  #obstacle(own: Refusal | undefined): Refusal | undefined {
    const { wanted, members } = this.#parts;
    if (!wanted) return 'handing over is off';
    return own ?? (members.takesSessions ? undefined : 'no worker takes it');
  }

  /** `done` is called once: it has gone, or why it stays. `begin`: why it does not even begin. */
  #give(begin: (ended: Done) => Refusal | undefined, done: Done): void {
    const ended = (refusal?: Refusal): void => {
      if (refusal === undefined) this.given += 1;
      else this.refused.set(refusal, (this.refused.get(refusal) ?? 0) + 1);
      done(refusal);
    };
    try {
      const refusal = begin(ended);
      if (refusal !== undefined) ended(refusal);
    } catch (error) {
      fault('ddp', error);
      ended('a fault of Radiant');
    }
  }

  #beginSocket(socket: net.Socket, ended: Done): Refusal | undefined {
    const given = this.#plain.given(socket);
    if (typeof given === 'string') return given;
    // oxlint-disable-next-line no-new -- it lives until it has ended
    new Giving(given.session, given.transport, this.#offer.bind(this), ended);
    return undefined;
  }

  #begin(session: MeteorSession, ended: Done): Refusal | undefined {
    const { ddp, callbacks } = this.#parts;
    const refusal = refusalOf(session, ddp.collectionsOf(session)) ?? this.#tieOf(session);
    if (refusal !== undefined) return refusal;
    const transport = this.#transportOf(session);
    if (typeof transport === 'string') return transport;
    const ask = (): Answer<string> | undefined =>
      callbacks.give(session.connectionHandle, (task) => ddp.inMeteor(task));
    // oxlint-disable-next-line no-new -- it lives until it has ended
    new Giving(new GivenMeteorSession(session, ddp, ask), transport, this.#offer.bind(this), ended);
    return undefined;
  }

  /** What its methods keep is the app's affair, where that says what goes along. */
  #tieOf(session: MeteorSession): Refusal | undefined {
    const { ddp, callbacks } = this.#parts;
    if (ddp.sendsByItself(session)) return 'the app sends for itself';
    return callbacks.used ? undefined : ddp.tieOf(session);
  }

  #transportOf(session: MeteorSession): GivenTransport | Refusal {
    const { socket } = session;
    if (!socket) return 'its client has gone';
    const ws = webSocketOf(socket);
    if (ws !== undefined)
      return refusalOfWebSocket(ws) ?? new GivenWebSocket(partsOfFaye(ws, () => this.#windows.of(ws)));
    const name = sessionOf(socket.url ?? '');
    if (name === undefined) return 'another transport';
    const [lack] = lackOfPoll(socket);
    if (lack === undefined) return new GivenPoll(session, name, this.#parts);
    return unexpected('SockJS is not as expected', lack);
  }

  #offer(state: State, transport: GivenTransport, answer: (refusal?: Refusal) => void): Offer {
    const { members } = this.#parts;
    const target = members.leastTaking();
    if (target !== undefined) return this.#offers.to(target, state, transport, answer);
    answer('no worker takes it');
    return { worker: members.self, go: () => {}, withdraw: () => {} };
  }

  #openPoll(state: PollState): TakenPoll {
    const { newSessions, departing } = this.#parts;
    const transport = new TakenPoll(state, newSessions, departing);
    const open: OpenStream = (client, end) => this.#app().openStream(client, end, 'peer');
    const head = Buffer.from(state.head, 'base64');
    askApp(open, head, state.addresses, (answer) => transport.answered(answer));
    return transport;
  }

  /** The supervisor could not bring the connection of one. */
  unmoved(move: string): void {
    this.#offers.unmoved(move);
    this.#rehearsal?.unmoved(move);
  }

  /** A peer hands a session over. */
  asked(move: string, talk: net.Socket, rest: Buffer): void {
    if (this.#rehearsal?.has(move) === true) this.#rehearsal.asked(move, talk, rest);
    else if (this.takes) this.#arrivals.asked(move, talk, rest);
    else talk.destroy();
  }

  /** The connection of one comes. */
  arrived(message: SessionMessage, handle: Handle | undefined): void {
    const { link } = this.#parts;
    link.send({ type: handle === undefined ? 'refused' : 'taken', move: message.move });
    if (handle === undefined) return;
    if (this.#rehearsal?.has(message.move) === true) this.#rehearsal.arrived(message, handle);
    else if (this.takes) this.#arrivals.arrived(message, handle);
    else handle.close();
  }
}
