import type net from 'node:net';

import { sessionCommand, type Addresses, type SessionMessage } from '../../protocol/messages.ts';
import { Lines } from '../../protocol/lines.ts';
import { presentedAs } from '../connection/addresses.ts';
import { sendHandle } from '../link/ipc.ts';
import type { SupervisorLink } from '../link/supervisor-link.ts';
import type { Members } from '../membership/members.ts';
import { guarded } from '../runtime/guard.ts';
import { handleOf, type Handle } from '../runtime/internals.ts';
import { connectTo, hear } from '../runtime/sockets.ts';
import type { DdpSession, DdpSessions } from '../sessions/ddp-sessions.ts';
import { Giving, type Offer } from './giving.ts';
import type { Refusal } from './giver.ts';
import { InflateWindows } from './inflate-windows.ts';
import {
  lackOfServer,
  meteorServer,
  webSocketOf,
  type MeteorSession,
  type SockJsConnection,
} from './internals.ts';
import { SilentSocket } from './silent-socket.ts';
import type { SessionState } from './state.ts';
import { Taking } from './taker.ts';

export interface HandOverParts {
  ddp: DdpSessions;
  link: SupervisorLink;
  members: Members;
}

/** Gives the app here a connection that another worker had. */
export type Adopt = (handle: Handle, head: Buffer, addresses: Addresses | null) => net.Socket;

/** A state that came, and a connection that came: of one session, in either order. */
interface Coming {
  state?: SessionState;
  talk?: net.Socket;
  handle?: Handle;
  addresses?: Addresses | null;
  taking?: Taking;
}

/** The sessions that go to other workers, and those that come from them. */
export class HandOvers {
  readonly counts = { given: 0, taken: 0 };
  /** How often a session stayed, by the reason. */
  readonly refused = new Map<Refusal, number>();
  readonly #parts: HandOverParts;
  readonly #adopt: Adopt;
  readonly #windows = new InflateWindows();
  readonly #coming = new Map<string, Coming>();
  installed = false;
  #count = 0;

  constructor(parts: HandOverParts, adopt: Adopt) {
    this.#parts = parts;
    this.#adopt = adopt;
  }

  /** Looks at each connection from its beginning. True: sessions can come here. */
  install(): boolean {
    if (this.installed) return true;
    if (lackOfServer().length > 0) return false;
    const connected = guarded('ddp', (connection: SockJsConnection) => {
      const ws = webSocketOf({ socket: connection } as MeteorSession);
      if (ws === undefined) return;
      this.#windows.watch(ws);
      for (const { taking } of this.#coming.values()) {
        if (taking?.socket === ws._stream) taking.connected(connection);
      }
    });
    meteorServer()!.stream_server.registration_callbacks.unshift(connected);
    this.installed = true;
    return true;
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
      offer: (state: SessionState, socket: net.Socket, answer: (refusal?: Refusal) => void) =>
        this.#offer(state, socket, answer),
      gone: (each: MeteorSession) => ddp.close(each),
    };
    new Giving(session as MeteorSession, parts, (refusal) => {
      if (refusal === undefined) this.counts.given += 1;
      else this.refused.set(refusal, (this.refused.get(refusal) ?? 0) + 1);
      done(refusal);
    });
  }

  #offer(state: SessionState, socket: net.Socket, answer: (refusal?: Refusal) => void): Offer {
    const { members } = this.#parts;
    const target = members.leastTaking();
    if (target === undefined) {
      answer('no worker takes it');
      return { go: () => {}, withdraw: () => {} };
    }
    const move = `s${members.self}-${process.pid}-${this.#count++}`;
    const talk = connectTo(target.siblings);
    talk.write(`${JSON.stringify({ handOver: move })}\n${JSON.stringify(state)}\n`);
    onLines(talk, (line) => {
      const { refused } = JSON.parse(line) as { refused?: string };
      answer(refused);
    });
    hear(talk, 'close', () => answer('the other worker has gone'));
    const message: SessionMessage = {
      cmd: sessionCommand,
      move,
      worker: target.worker,
      bound: true,
      bytes: '',
      addresses: presentedAs(socket) ?? null,
    };
    sendHandle(message, handleOf(socket), (error) => {
      if (error) answer('its connection could not be sent');
    });
    return { go: () => void talk.end('{}\n'), withdraw: () => void talk.destroy() };
  }

  /** A peer says what it gives. */
  asked(move: string, talk: net.Socket, rest: Buffer): void {
    const coming = this.#of(move);
    coming.talk = talk;
    const read = onLines(talk, (line) => {
      if (coming.state === undefined) coming.state = JSON.parse(line) as SessionState;
      else this.#commit(move, coming);
      this.#begin(coming);
    });
    hear(talk, 'close', () => this.#lost(move, coming));
    read(rest);
  }

  /** The connection of a session that is given comes. */
  arrived({ move, addresses }: SessionMessage, handle: Handle | undefined): void {
    if (handle === undefined) {
      this.#parts.link.send({ type: 'refused', move });
      return;
    }
    this.#parts.link.send({ type: 'taken', move });
    const coming = this.#of(move);
    Object.assign(coming, { handle, addresses });
    this.#begin(coming);
  }

  #of(move: string): Coming {
    const coming = this.#coming.get(move) ?? {};
    this.#coming.set(move, coming);
    return coming;
  }

  #begin(coming: Coming): void {
    const { state, handle, talk, taking, addresses } = coming;
    if (state === undefined || handle === undefined || talk === undefined || taking !== undefined) return;
    if (!this.install()) {
      refuse(talk, 'the other worker has no Meteor');
      return;
    }
    const head = Buffer.from(state.websocket.head, 'base64');
    const silent = SilentSocket.on(handle, () => this.#adopt(handle, head, addresses ?? null));
    const { ddp } = this.#parts;
    const parts = { windows: this.#windows, inMeteor: (task: () => unknown) => ddp.inMeteor(task) };
    coming.taking = new Taking(state, silent, parts, (refusal) => {
      if (refusal === undefined) talk.write('{}\n');
      else refuse(talk, refusal);
    });
  }

  #commit(move: string, coming: Coming): void {
    if (coming.taking === undefined) return;
    this.#coming.delete(move);
    this.counts.taken += 1;
    coming.taking.commit();
  }

  /** Its giver has gone, or has it still. */
  #lost(move: string, coming: Coming): void {
    if (this.#coming.get(move) !== coming) return;
    this.#coming.delete(move);
    if (coming.taking !== undefined) coming.taking.abort();
    else coming.handle?.close();
  }
}

const refuse = (talk: net.Socket, refused: string): void =>
  void talk.write(`${JSON.stringify({ refused })}\n`);

/** Calls `take` with each line that comes; gives what takes bytes that came before. */
function onLines(socket: net.Socket, take: (line: string) => void): (bytes: Buffer) => void {
  const lines = new Lines();
  const read = (bytes: Buffer): void => {
    for (const line of lines.take(bytes.toString('latin1'))) take(Buffer.from(line, 'latin1').toString());
  };
  hear(socket, 'data', read as never);
  return read;
}
