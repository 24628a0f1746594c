import type net from 'node:net';

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
import type { ArrivingSessions } from '../affinity/new-sessions.ts';
import { Arrivals, type Adopter } from './taking/arrivals.ts';
import { refusalOf, refusalOfWebSocket } from './giving/giver.ts';
import { GivenPoll } from './giving/given-poll.ts';
import type { GivenTransport } from './giving/given-transport.ts';
import { GivenWebSocket } from './giving/given-websocket.ts';
import { Giving, type Offer } from './giving/giving.ts';
import { InflateWindows } from './internals/inflate-windows.ts';
import { hearConnections, lackOfServer, type MeteorSession } from './internals/meteor.ts';
import { unexpected } from './internals/unexpected.ts';
import { lackOfPoll, webSocketOf, type SockJsConnection } from './internals/sockjs.ts';
import { offerTo } from './giving/offer.ts';
import type { SessionState } from './state/state.ts';

export interface HandOverParts {
  ddp: DdpSessions;
  departing: DepartingSessions;
  link: SupervisorLink;
  members: Members;
  newSessions: ArrivingSessions;
  polls: Pick<LongPolls, 'isPolled' | 'isSending'>;
  /** As the option `handOver` says. */
  wanted: boolean;
}

/** The sessions that go to other workers, and those that come from them. */
export class HandOvers {
  /** Sessions can go and come: each connection is looked at from its beginning. */
  installed = false;
  given = 0;
  /** How often a session stayed, by the reason. */
  readonly refused = new Map<Refusal, number>();
  readonly #parts: HandOverParts;
  readonly #windows = new InflateWindows();
  readonly #arrivals: Arrivals;
  /** Whom to tell that a connection could not be brought. */
  readonly #offered = new Map<string, (refusal: Refusal) => void>();
  #count = 0;

  /** `app`: the one that sessions come to. */
  constructor(parts: HandOverParts, app: () => Adopter) {
    this.#parts = parts;
    const inMeteor = (task: () => unknown): unknown => parts.ddp.inMeteor(task);
    const { departing, newSessions: sessions } = parts;
    this.#arrivals = new Arrivals({ windows: this.#windows, inMeteor, sessions, departing }, app);
  }

  /** The app listens: all that it has of Meteor is there. */
  install(): void {
    if (this.installed || !this.#parts.wanted || lackOfServer().length > 0) return;
    const connected = guarded('ddp', (connection: SockJsConnection) => {
      const ws = webSocketOf(connection);
      if (ws !== undefined) this.#windows.watch(ws);
      this.#arrivals.connected(connection);
    });
    hearConnections(connected);
    this.installed = true;
  }

  get taken(): number {
    return this.#arrivals.taken;
  }

  /** Why no session can go anywhere. */
  get obstacle(): Refusal | undefined {
    const { wanted, members } = this.#parts;
    if (!wanted) return 'handing over is off';
    if (!this.installed) return 'Meteor is not as expected';
    return members.takesSessions ? undefined : 'no worker takes it';
  }

  /** `done` is called once: it has gone, or why it stays. */
  give(session: DdpSession, done: (refusal?: Refusal) => void): void {
    const ended = (refusal?: Refusal): void => {
      if (refusal === undefined) this.given += 1;
      else this.refused.set(refusal, (this.refused.get(refusal) ?? 0) + 1);
      done(refusal);
    };
    try {
      const refusal = this.#begin(session as MeteorSession, ended);
      if (refusal !== undefined) ended(refusal);
    } catch (error) {
      fault('ddp', error);
      ended('a fault of Radiant');
    }
  }

  /** Why it does not even begin. */
  #begin(session: MeteorSession, ended: (refusal?: Refusal) => void): Refusal | undefined {
    const { ddp } = this.#parts;
    const refusal = refusalOf(session, ddp.collectionsOf(session)) ?? ddp.tieOf(session);
    if (refusal !== undefined) return refusal;
    const transport = this.#transportOf(session);
    if (typeof transport === 'string') return transport;
    const parts = {
      isSettled: (each: MeteorSession) => ddp.isSettled(each),
      offer: this.#offer.bind(this),
      gone: (each: MeteorSession) => ddp.close(each),
    };
    // oxlint-disable-next-line no-new -- it lives until it has ended
    new Giving(session, transport, parts, ended);
    return undefined;
  }

  #transportOf(session: MeteorSession): GivenTransport | Refusal {
    const { socket } = session;
    if (!socket) return 'its client has gone';
    const ws = webSocketOf(socket);
    if (ws !== undefined) return refusalOfWebSocket(ws) ?? new GivenWebSocket(ws, () => this.#windows.of(ws));
    const name = sessionOf(socket.url ?? '');
    if (name === undefined) return 'another transport';
    const [lack] = lackOfPoll(socket);
    if (lack === undefined) return new GivenPoll(session, name, this.#parts);
    return unexpected('SockJS is not as expected', lack);
  }

  #offer(state: SessionState, transport: GivenTransport, answer: (refusal?: Refusal) => void): Offer {
    const { members } = this.#parts;
    const target = members.leastTaking();
    if (target !== undefined) {
      const move = `s${members.self}-${process.pid}-${this.#count++}`;
      this.#offered.set(move, answer);
      return offerTo(target, move, state, transport, (refusal) => {
        this.#offered.delete(move);
        answer(refusal);
      });
    }
    answer('no worker takes it');
    return { worker: members.self, go: () => {}, withdraw: () => {} };
  }

  /** The supervisor could not bring the connection of one. */
  unmoved(move: string): void {
    this.#offered.get(move)?.('its connection could not be moved');
    this.#offered.delete(move);
  }

  /** A peer hands a session over. */
  asked(move: string, talk: net.Socket, rest: Buffer): void {
    this.#arrivals.asked(move, talk, rest);
  }

  /** The connection of one comes. */
  arrived(message: SessionMessage, handle: Handle | undefined): void {
    const { link } = this.#parts;
    link.send({ type: handle === undefined ? 'refused' : 'taken', move: message.move });
    if (handle !== undefined) this.#arrivals.arrived(message, handle);
  }
}
