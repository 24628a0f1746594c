import type net from 'node:net';

import type { SessionMessage } from '../../protocol/messages.ts';
import type { SupervisorLink } from '../link/supervisor-link.ts';
import type { Members } from '../membership/members.ts';
import { fault, guarded } from '../runtime/guard.ts';
import type { Handle } from '../runtime/internals.ts';
import type { DdpSession, DdpSessions } from '../sessions/ddp-sessions.ts';
import { Arrivals, type Adopt } from './arrivals.ts';
import type { Refusal } from './giver.ts';
import { Giving, type Offer } from './giving.ts';
import { InflateWindows } from './inflate-windows.ts';
import {
  lackOfServer,
  meteorServer,
  webSocketOf,
  type MeteorSession,
  type SockJsConnection,
} from './internals.ts';
import { offerTo } from './offer.ts';
import type { SessionState } from './state.ts';

export interface HandOverParts {
  ddp: DdpSessions;
  link: SupervisorLink;
  members: Members;
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
  #count = 0;

  constructor(parts: HandOverParts, adopt: Adopt) {
    this.#parts = parts;
    const inMeteor = (task: () => unknown): unknown => parts.ddp.inMeteor(task);
    this.#arrivals = new Arrivals({ windows: this.#windows, inMeteor }, adopt);
  }

  /** The app listens: all that it has of Meteor is there. */
  install(): void {
    if (this.installed || lackOfServer().length > 0) return;
    const connected = guarded('ddp', (connection: SockJsConnection) => {
      const ws = webSocketOf({ socket: connection } as MeteorSession);
      if (ws === undefined) return;
      this.#windows.watch(ws);
      this.#arrivals.connected(connection, ws);
    });
    meteorServer()!.stream_server.registration_callbacks.unshift(connected);
    this.installed = true;
  }

  get taken(): number {
    return this.#arrivals.taken;
  }

  /** Somebody takes live sessions. */
  get possible(): boolean {
    return this.installed && this.#parts.members.takesSessions;
  }

  /** `done` is called once: it has gone, or why it stays. */
  give(session: DdpSession, done: (refusal?: Refusal) => void): void {
    const { ddp } = this.#parts;
    const parts = {
      windows: this.#windows,
      isSettled: (each: MeteorSession) => ddp.isSettled(each),
      tieOf: (each: MeteorSession) => ddp.tieOf(each),
      offer: (state: SessionState, socket: net.Socket, answer: (refusal?: Refusal) => void) =>
        this.#offer(state, socket, answer),
      gone: (each: MeteorSession) => ddp.close(each),
    };
    const ended = (refusal?: Refusal): void => {
      if (refusal === undefined) this.given += 1;
      else this.refused.set(refusal, (this.refused.get(refusal) ?? 0) + 1);
      done(refusal);
    };
    try {
      new Giving(session as MeteorSession, parts, ended);
    } catch (error) {
      fault('ddp', error);
      ended('a fault of Radiant');
    }
  }

  #offer(state: SessionState, socket: net.Socket, answer: (refusal?: Refusal) => void): Offer {
    const { members } = this.#parts;
    const target = members.leastTaking();
    if (target !== undefined) {
      return offerTo(target, `s${members.self}-${process.pid}-${this.#count++}`, state, socket, answer);
    }
    answer('no worker takes it');
    return { go: () => {}, withdraw: () => {} };
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
