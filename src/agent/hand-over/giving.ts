import type net from 'node:net';

import { guarded } from '../runtime/guard.ts';
import { monotonicNow } from '../runtime/originals.ts';
import { startReading, stopReading } from '../runtime/internals.ts';
import { clearInterval, setInterval } from '../runtime/timers.ts';
import { HeldMessages } from './held-messages.ts';
import { HeldWrites } from './held-writes.ts';
import type { InflateWindows } from './inflate-windows.ts';
import {
  isBetweenMessages,
  isFlushed,
  webSocketOf,
  type FayeWebSocket,
  type MeteorSession,
} from './internals.ts';
import { refusalOf, stateOf, type Refusal } from './giver.ts';
import type { SessionState } from './state.ts';

const lookEveryMs = 5;
/** A client that goes on calling is waited for so long; and one that does not read what it is sent. */
const quietMs = 1_000;
const flushMs = 1_000;
/** The other worker is to have a session of its own ready within that. */
const preparedMs = 2_000;

export interface GivingParts {
  windows: InflateWindows;
  /** Nothing of it runs and nothing that its client was promised is still to come. */
  isSettled(session: MeteorSession): boolean;
  /** What of it only this process can know. */
  tieOf(session: MeteorSession): Refusal | undefined;
  /** Sends what the client knows, and its connection, to another worker. Gives the way to take that back, or to go on. */
  offer(state: SessionState, socket: net.Socket, answer: (refusal?: Refusal) => void): Offer;
  /** The session has ended here. */
  gone(session: MeteorSession): void;
}

export interface Offer {
  /** It is the other worker's now. */
  go(): void;
  withdraw(): void;
}

type Step = 'stopping' | 'settling' | 'flushing' | 'offered';

/** A session on its way to another worker. Until the other one has it whole nothing is undone here that could not be taken back. */
export class Giving {
  readonly #session: MeteorSession;
  readonly #parts: GivingParts;
  readonly #done: (refusal?: Refusal) => void;
  readonly #ws: FayeWebSocket | undefined;
  #step: Step = 'stopping';
  #since = monotonicNow();
  #timer: NodeJS.Timeout | undefined;
  #state: SessionState | undefined;
  #held: HeldMessages | undefined;
  #writes: HeldWrites | undefined;
  #offer: Offer | undefined;

  /** `done` is called once: it has gone, or why it is still here. */
  constructor(session: MeteorSession, parts: GivingParts, done: (refusal?: Refusal) => void) {
    this.#session = session;
    this.#parts = parts;
    this.#done = done;
    const refusal = refusalOf(session) ?? parts.tieOf(session);
    this.#ws = refusal === undefined ? webSocketOf(session) : undefined;
    if (refusal !== undefined) {
      done(refusal);
      return;
    }
    const look = guarded(
      'ddp',
      () => this.#look(),
      () => this.#stay('a fault of Radiant'),
    );
    this.#timer = setInterval(look, lookEveryMs);
    look();
  }

  #look(): void {
    const socket = this.#ws!._stream;
    if (socket.destroyed || this.#session.inQueue === null) return this.#stay('its client has gone');
    const late = (ms: number): boolean => monotonicNow() - this.#since > ms;
    switch (this.#step) {
      case 'stopping':
        if (socket.readableLength === 0 && isBetweenMessages(this.#ws!)) this.#stopInput(socket);
        else if (late(quietMs)) this.#stay('its client sends without a pause');
        break;
      case 'settling':
        if (this.#parts.isSettled(this.#session)) this.#snapshot();
        else if (late(quietMs)) this.#stay('a method or publication takes too long');
        break;
      case 'flushing':
        if (isFlushed(this.#ws!) && socket.writableLength === 0) this.#send(socket);
        else if (late(flushMs)) this.#stay('its client does not read');
        break;
      case 'offered':
        if (late(preparedMs)) this.#stay('the other worker did not answer');
        break;
    }
  }

  #enter(step: Step): void {
    this.#step = step;
    this.#since = monotonicNow();
  }

  /** What the client sends from now on waits in the kernel, for whoever has the connection then. */
  #stopInput(socket: net.Socket): void {
    stopReading(socket);
    this.#enter('settling');
    if (this.#parts.isSettled(this.#session)) this.#snapshot();
  }

  #snapshot(): void {
    const window = this.#parts.windows.of(this.#ws!);
    // Both in one turn: what the session says from now on is not in the state.
    this.#state = stateOf(this.#session, this.#ws!, window);
    this.#held = new HeldMessages(this.#session.socket!);
    this.#enter('flushing');
  }

  #send(socket: net.Socket): void {
    this.#writes = new HeldWrites(socket);
    this.#enter('offered');
    this.#offer = this.#parts.offer(this.#state!, socket, (refusal) => {
      if (this.#timer === undefined) return;
      if (refusal === undefined) this.#go(socket);
      else this.#stay(refusal);
    });
  }

  #go(socket: net.Socket): void {
    this.#stop();
    this.#offer!.go();
    // Our copy of the descriptor closes without a FIN.
    this.#parts.gone(this.#session);
    socket.destroy();
    this.#done();
  }

  #stay(refusal: Refusal): void {
    if (this.#timer === undefined) return;
    this.#stop();
    this.#offer?.withdraw();
    this.#writes?.release();
    this.#held?.release(this.#held.texts);
    if (this.#step !== 'stopping') startReading(this.#ws!._stream);
    this.#done(refusal);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
