import type net from 'node:net';

import type { Member, SessionMessage } from '../../../protocol/messages.ts';
import { builtin } from '../../runtime/builtin.ts';
import { guarded } from '../../runtime/guard.ts';
import type { Handle } from '../../runtime/internals.ts';
import { nextTick } from '../../runtime/originals.ts';
import { connectTo } from '../../runtime/sockets.ts';
import { clearTimeout, setTimeout } from '../../runtime/timers.ts';
import type { DdpSessions } from '../../sessions/ddp-sessions.ts';
import { refusalOf, refusalOfWebSocket } from '../giving/giver.ts';
import { GivenWebSocket, partsOfFaye } from '../giving/given-websocket.ts';
import { GivenMeteorSession } from '../giving/given-meteor-session.ts';
import { Giving } from '../giving/giving.ts';
import { Offers } from '../giving/offers.ts';
import type { InflateWindows } from '../internals/inflate-windows.ts';
import { setUser, universalStarts, type MeteorSession, type OpenSession } from '../internals/meteor.ts';
import { openUnseen, sockJsPrefix } from '../internals/rehearsed-server.ts';
import { webSocketOf, type SockJsConnection } from '../internals/sockjs.ts';
import { streamOf } from '../internals/websocket.ts';
import { Arrivals } from '../taking/arrivals.ts';
import type { ClientOptions } from './client.ts';
import { Player } from './player.ts';
import { Script } from './script.ts';
import { Stage } from './stage.ts';

/** Who has not done it within that cannot. */
const longestMs = 5_000;

/** The app is not asked; and those that poll have no connection that could be given wrongly. */
const none = (): undefined => undefined;

export interface RehearsalParts {
  ddp: DdpSessions;
  windows: InflateWindows;
  /** This worker. */
  self: Pick<Member, 'siblings' | 'worker'>;
}

/**
 * Two clients of this worker itself, whose sessions it hands over to itself: by the code, the supervisor and the app's server by
 * which all are handed over. The app's hooks and counters see nothing of it.
 */
export class Rehearsal {
  readonly #parts: RehearsalParts;
  readonly #name = `radiant-${builtin('crypto').randomBytes(16).toString('hex')}`;
  readonly #script = new Script(this.#name);
  readonly #offers = new Offers(`${this.#name}-`);
  readonly #stage = new Stage();
  readonly #arrivals: Arrivals;
  readonly #openSession: OpenSession;
  /** All that were opened for it. */
  readonly #sessions: MeteorSession[] = [];
  readonly #players = new Map<string, Player>();
  /** The ends of their connections that the app has. */
  readonly #sockets = new Map<net.Socket, Player>();
  readonly #timer: NodeJS.Timeout;
  #ended = false;
  readonly #done: (fault?: string) => void;

  /** `done` is called once, with what was not as it is to be; undefined: sessions can go and come. */
  constructor(parts: RehearsalParts, done: (fault?: string) => void) {
    this.#parts = parts;
    this.#done = done;
    const { ddp, windows } = parts;
    ddp.look();
    const { lent } = this.#script;
    this.#openSession = (connection, version) => {
      const session = ddp.unseen(() => openUnseen(connection, version, lent));
      if (session !== undefined) this.#sessions.push(session);
      return session;
    };
    const inMeteor = (task: () => unknown): unknown => ddp.inMeteor(task);
    const taken = { inMeteor, open: this.#openSession, ask: none };
    const arrivals = { windows, openPoll: none, taken, lack: none, plain: undefined };
    this.#arrivals = new Arrivals(arrivals, () => this.#stage);
    this.#timer = setTimeout(() => this.#over('it takes too long'), longestMs);
    this.#enter('raw', { path: `${sockJsPrefix()}/websocket`, framed: false, windowBits: 9 });
    this.#enter('framed', { path: `${sockJsPrefix()}/000/${this.#name}/websocket`, framed: true });
  }

  #enter(name: string, options: ClientOptions): void {
    const { siblings } = this.#parts.self;
    const socket = connectTo(siblings);
    socket.write(`${JSON.stringify({ handOver: `${this.#name}${name}` })}\n`);
    const give = this.#give.bind(this);
    const player = new Player(socket, { ...options, name, script: this.#script, give }, (fault) => {
      this.#players.delete(name);
      if (fault !== undefined) this.#over(`${name}: ${fault}`);
      else if (this.#players.size === 0) this.#over();
    });
    this.#players.set(name, player);
  }

  /** A move is one of this rehearsal. */
  has(move: string): boolean {
    return move.startsWith(this.#name);
  }

  asked(move: string, talk: net.Socket, rest: Buffer): void {
    if (this.#offers.has(move)) return this.#arrivals.asked(move, talk, rest);
    const player = this.#players.get(move.slice(this.#name.length));
    if (player === undefined) {
      talk.destroy();
      return;
    }
    this.#sockets.set(talk, player);
    this.#stage.serve(talk, rest);
  }

  arrived(message: SessionMessage, handle: Handle): void {
    this.#arrivals.arrived(message, handle);
  }

  unmoved(move: string): void {
    this.#offers.unmoved(move);
  }

  /** True: it is of this rehearsal. */
  connected(connection: SockJsConnection): boolean {
    if (this.#arrivals.connected(connection)) return true;
    const ws = webSocketOf(connection);
    const player = ws && this.#sockets.get(streamOf(ws));
    if (player === undefined) return false;
    const open = guarded('ddp', () => this.#open(connection, player));
    nextTick(open);
    return true;
  }

  #open(connection: SockJsConnection, player: Player): void {
    if (this.#ended) return;
    const session = this.#openSession(connection, '1');
    if (session === undefined) return this.#over('Meteor made no session');
    setUser(session, this.#script.user, null);
    for (const start of universalStarts(session)) this.#parts.ddp.inMeteor(start);
    player.begin(session);
  }

  #give(session: MeteorSession, done: (refusal?: string) => void): void {
    const { ddp, windows, self } = this.#parts;
    const ws = webSocketOf(session.socket!);
    const refusal =
      refusalOf(session, ddp.collectionsOf(session)) ?? (ws ? refusalOfWebSocket(ws) : 'another transport');
    if (refusal !== undefined || ws === undefined) return done(refusal);
    const given = new GivenMeteorSession(session, ddp, none);
    const transport = new GivenWebSocket(partsOfFaye(ws, () => windows.of(ws)));
    // oxlint-disable-next-line no-new -- it lives until it has ended
    new Giving(given, transport, this.#offers.to.bind(this.#offers, self), done);
  }

  #over(fault?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    for (const player of this.#players.values()) player.end();
    this.#players.clear();
    // Without a word some would wait for their clients to come back (Meteor 3.5).
    for (const session of this.#sessions) this.#parts.ddp.close(session);
    this.#done(fault);
  }
}
