import type net from 'node:net';

import type { AppServer } from '../listener/app-server.ts';
import { VirtualSocket } from '../carrier/virtual-socket.ts';
import { connectionOf } from '../connection/connection.ts';
import type { DepartingSessions } from '../sessions/departing-sessions.ts';
import type { DdpSession, DdpSessions } from '../sessions/ddp-sessions.ts';
import type { Members } from '../membership/members.ts';
import { Departures } from './departures.ts';
import { Leavers } from './leavers.ts';
import { betweenRequests, endAfterAnswer } from '../runtime/internals.ts';
import type { LongPolls } from '../sessions/long-polls.ts';
import type { ConnectionHandoff } from '../forwarding/connection-handoff.ts';
import type { HandOvers } from '../hand-over/hand-overs.ts';
import type { ReturningClients } from '../affinity/returning-clients.ts';
import { sessionOf, type Sessions } from '../sessions/sessions.ts';
import type { WebSockets } from '../sessions/websockets.ts';
import type { Refusal } from '../../protocol/refusals.ts';
import { clearImmediate, clearInterval, setImmediate, setInterval } from '../runtime/timers.ts';
import { monotonicNow } from '../runtime/originals.ts';

const sweepMs = 50;
/** How long what was closed may take to be gone: a close frame and its answer, a last poll. */
const farewellMs = 2_000;
/** Credits that found nobody idle are kept for about this many grants: a second's, so that none make a burst. */
const keptGrants = 10;
const idleTurns = 5;
/** An idle connection that cannot move is closed after this time, as by Node itself (`server.keepAliveTimeout`). */
const silenceMs = 5_000;
/** The same where the whole app stops: no longer than a request takes that was on its way. */
const lastSilenceMs = 500;
/** Any worker but this one: the supervisor picks. */
const anyWorker = { worker: 0, bound: false };

/** Everything that was read from it has been answered: it can go to another worker unnoticed, if it can travel. */
const isIdle = (socket: net.Socket): boolean =>
  betweenRequests(socket) && socket.bytesRead === connectionOf(socket).boundary;

/** The part of a SockJS session's address that no prefix changes: `<server>/<session>`. */
const tail = (session: string): string => session.split('/').slice(-2).join('/');

/** The server that empties. */
export type DrainedApp = Pick<AppServer, 'connections' | 'expectsConnections' | 'stopAccepting'>;

export interface DrainParts {
  members: Pick<Members, 'othersOpen'>;
  handoff: Pick<ConnectionHandoff, 'depart' | 'possible'>;
  websockets: Pick<WebSockets, 'close' | 'endOthers' | 'has' | 'staying'>;
  ddp: Pick<DdpSessions, 'all' | 'close' | 'found' | 'has' | 'isIdle' | 'look' | 'onIdle' | 'size'>;
  sessions: Pick<Sessions, 'own'>;
  polls: Pick<LongPolls, 'isLeaving' | 'leave' | 'leaving' | 'sockets' | 'stopLeaving' | 'waiting'>;
  returning: Pick<ReturningClients, 'awaits'>;
  handOvers: Pick<HandOvers, 'sessions' | 'sockets'>;
  departing: Pick<DepartingSessions, 'calm' | 'closed'>;
}

/**
 * Empties a worker that takes nothing new any more. Connections move to the other workers as soon as they are
 * between two requests; sessions and WebSockets are closed only as fast as `goodbye` allows. Calls `done` when
 * nothing is left, with the number of requests that `finish` cut off, and who has left.
 */
export class Drain {
  readonly #app: DrainedApp;
  readonly #parts: DrainParts;
  readonly #done: (cut: number, departures: Departures) => void;
  readonly #leaving = new WeakSet<net.Socket>();
  /** Nobody could take them. */
  readonly #returned = new WeakSet<net.Socket>();
  /** Since when a sweep has found it idle, by the monotonic clock; with the bytes that had been read by then. */
  readonly #silent = new WeakMap<net.Socket, { since: number; bytes: number }>();
  readonly #departures = new Departures();
  readonly #sessions: Leavers<DdpSession>;
  readonly #sockets: Leavers<net.Socket>;
  readonly #first: NodeJS.Immediate;
  readonly #timer: NodeJS.Timeout;
  #credits = 0;
  #cut = 0;
  /** When the last DDP session was closed, and when `finish` was called. */
  #lastClose = Number.NEGATIVE_INFINITY;
  #finishedAt: number | undefined;

  constructor(app: DrainedApp, parts: DrainParts, done: (cut: number, departures: Departures) => void) {
    this.#app = app;
    this.#parts = parts;
    this.#done = done;
    this.#sessions = new Leavers(parts.handOvers.sessions, this.#departures);
    this.#sockets = new Leavers(parts.handOvers.sockets, this.#departures);
    app.stopAccepting();
    parts.ddp.look();
    // Some sessions are idle only from one method to the next: shorter than a sweep.
    parts.ddp.onIdle = (session) => this.#closeBetweenMethods(session);
    this.#timer = setInterval(() => this.#sweep(), sweepMs);
    // Not before what is connected already has been accepted, in this turn of the event loop.
    this.#first = setImmediate(() => this.#sweep());
  }

  /** How many sessions and WebSockets have not been told to go. */
  get goodbyes(): number {
    const { ddp, websockets } = this.#parts;
    return ddp.size + websockets.staying(this.#ddpSocketsToo).length + this.#plainSessions().length;
  }

  /** Lets `count` more of them go, each as soon as nothing of it runs. */
  goodbye(count: number): void {
    this.#credits = Math.min(this.#credits + count, count * keptGrants);
    this.#spend();
  }

  /** The deadline: closes all that is left, whatever it does. */
  finish(): void {
    if (this.#finishedAt !== undefined) return;
    const { ddp, websockets } = this.#parts;
    this.#finishedAt = monotonicNow();
    for (const session of ddp.all()) this.#closeSession(session, 'the deadline came first');
    for (const socket of websockets.staying(true)) this.#closeWebSocket(socket);
    websockets.endOthers();
  }

  /** The worker goes on after all; what was closed stays closed. Its app needs listening sockets again. */
  cancel(): void {
    this.#end();
  }

  /** Sockets of DDP sessions end with these; one that is left over had none, or its client does not answer. */
  get #ddpSocketsToo(): boolean {
    const { ddp } = this.#parts;
    return !ddp.found || (ddp.size === 0 && monotonicNow() - this.#lastClose > farewellMs);
  }

  /** Long-poll sessions that are no DDP session's: only a poll can tell their clients. */
  #plainSessions(): string[] {
    const { ddp, sessions, polls } = this.#parts;
    const staying = sessions.own().filter((session) => !polls.isLeaving(session));
    if (staying.length === 0) return staying;
    const ddpUrls = ddp.all().map(({ socket }) => (socket ? socket.url : ''));
    // Whose is whose cannot be told: the DDP sessions first.
    if (ddpUrls.some((url) => typeof url !== 'string')) return [];
    const ddpTails = new Set(ddpUrls.map((url) => tail(sessionOf(url!) ?? '')));
    return staying.filter((session) => !ddpTails.has(tail(session)));
  }

  /** The server takes a few turns of the event loop to be done with a method that has its answer. */
  #closeBetweenMethods(session: DdpSession, turns = idleTurns): void {
    if (this.#credits <= 0 || turns === 0 || !this.#sessions.isToClose(session)) return;
    setImmediate(() => {
      const { ddp } = this.#parts;
      if (!ddp.isIdle(session)) this.#closeBetweenMethods(session, turns - 1);
      else if (session.socket)
        this.#each(ddp.has(session) ? [session] : [], () => this.#closeSession(session));
    });
  }

  #spend(): void {
    if (this.#credits <= 0) return;
    const { ddp, websockets, polls } = this.#parts;
    const isQuiet = (session: DdpSession): boolean =>
      ddp.isIdle(session) && this.#sessions.isToClose(session);
    const all = ddp.all();
    const connected = all.filter(({ socket }) => socket);
    this.#each(
      connected.filter((session) => this.#sessions.isToGive(session)),
      (session) => this.#give(this.#sessions, session),
    );
    this.#each(connected.filter(isQuiet), (session) => this.#closeSession(session));
    const staying = websockets.staying(this.#ddpSocketsToo);
    this.#each(
      staying.filter((socket) => this.#sockets.isToGive(socket)),
      (socket) => this.#give(this.#sockets, socket),
    );
    this.#each(
      staying.filter((socket) => this.#sockets.isToClose(socket)),
      (socket) => this.#closeWebSocket(socket),
    );
    this.#each(this.#plainSessions(), (session) => {
      this.#departures.reconnects('no session of Meteor');
      polls.leave(session, true);
    });
    // Clients without a network may still come back to their sessions; they wait for nothing until then.
    if (connected.length > 0) return;
    this.#each(all.filter(isQuiet), (session) => this.#closeSession(session, 'its client has gone'));
  }

  #each<T>(candidates: readonly T[], close: (candidate: T) => void): void {
    for (const candidate of candidates) {
      if (this.#credits <= 0) return;
      this.#credits -= 1;
      close(candidate);
    }
  }

  #give<T extends object>(leavers: Leavers<T>, leaver: T): void {
    leavers.give(leaver, () => (this.#credits += 1));
  }

  #closeSession(session: DdpSession, otherwise: Refusal = 'no worker takes it'): void {
    const { ddp, sessions, polls } = this.#parts;
    this.#departures.reconnects(this.#sessions.reasonOf(session, otherwise));
    const polled = sessionOf(session.socket?.url ?? '');
    const own = polled === undefined ? undefined : sessions.own().find((each) => tail(each) === tail(polled));
    // First, because only then it is known which polls are still to be answered.
    if (own !== undefined) polls.leave(own, false);
    this.#lastClose = monotonicNow();
    ddp.close(session);
  }

  #closeWebSocket(socket: net.Socket): void {
    const { websockets, ddp } = this.#parts;
    // Those of DDP sessions have been counted with them.
    if (!ddp.found || !this.#ddpSocketsToo)
      this.#departures.reconnects(this.#sockets.reasonOf(socket, 'no session of Meteor'));
    websockets.close(socket);
  }

  #sweep(): void {
    this.#spend();
    this.#releaseIdle();
    if (this.#finishedAt !== undefined) this.#cutOff(monotonicNow() - this.#finishedAt);
    if (this.#app.connections.size > 0 || !this.#allGone) return;
    if (this.#app.expectsConnections && this.#finishedAt === undefined) return;
    this.#end();
    this.#parts.departing.closed = true;
    this.#done(this.#cut, this.#departures);
  }

  #end(): void {
    clearImmediate(this.#first);
    clearInterval(this.#timer);
    this.#parts.ddp.onIdle = undefined;
    this.#parts.polls.stopLeaving();
  }

  get #allGone(): boolean {
    const { departing, members, polls } = this.#parts;
    if (this.#finishedAt !== undefined && monotonicNow() - this.#finishedAt > farewellMs) return true;
    // Nobody would bring the poll that it waits for.
    const unheard = members.othersOpen ? polls.leaving : polls.waiting;
    return unheard === 0 && this.goodbyes === 0 && departing.calm;
  }

  #releaseIdle(): void {
    const { members, handoff, returning, websockets } = this.#parts;
    const awaitsAnybody = returning.awaits(undefined);
    for (const socket of this.#app.connections) {
      if (socket instanceof VirtualSocket) {
        // Its client's own connection goes on elsewhere.
        socket.retireIfIdle();
        continue;
      }
      endAfterAnswer(socket);
      if (this.#leaving.has(socket) || websockets.has(socket) || !isIdle(socket)) continue;
      // No cookie would lead its client back, should a session wait for that.
      if (awaitsAnybody && connectionOf(socket).latest === undefined) continue;
      const stays = !handoff.possible(socket) || this.#returned.has(socket);
      // Its next request may be on its way: that is answered with `Connection: close`.
      if (stays && !this.#isSilent(socket, members.othersOpen ? silenceMs : lastSilenceMs)) continue;
      this.#leaving.add(socket);
      if (stays) socket.end();
      else handoff.depart(socket, Buffer.alloc(0), anyWorker, () => this.#takeBack(socket));
    }
  }

  /** Its next request may have come meanwhile. */
  #takeBack(socket: net.Socket): void {
    this.#leaving.delete(socket);
    this.#returned.add(socket);
  }

  /** Browsers open connections that they may never use; what is silent ends, as without a drain. */
  #isSilent(socket: net.Socket, forMs: number): boolean {
    const now = monotonicNow();
    const before = this.#silent.get(socket);
    if (before?.bytes === socket.bytesRead) return now - before.since > forMs;
    const { latest, since } = connectionOf(socket);
    this.#silent.set(socket, { since: latest === undefined ? since : now, bytes: socket.bytesRead });
    return false;
  }

  /** After the deadline: requests at once, all the rest when it has had the time for a farewell. */
  #cutOff(sinceMs: number): void {
    const { websockets, polls } = this.#parts;
    const polled = polls.sockets();
    for (const socket of this.#app.connections) {
      const late = sinceMs > farewellMs;
      if (!late && (websockets.has(socket) || polled.has(socket) || this.#leaving.has(socket))) continue;
      if (!websockets.has(socket) && !polled.has(socket) && !betweenRequests(socket)) this.#cut += 1;
      socket.destroy();
    }
  }
}
