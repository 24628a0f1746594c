import type { Refusal } from '../../protocol/refusals.ts';
import { guarded } from '../runtime/guard.ts';
import { monotonicNow } from '../runtime/originals.ts';
import { ConnectionTies } from './connection-ties.ts';
import type { DdpMessage, DdpObserver, DdpSession, DdpWork } from './ddp-sessions.ts';
import { PendingAnswers } from './pending-answers.ts';

/** Hears what one session does. */
export interface SessionEvents {
  /** It has answered the last of its methods. */
  idle(): void;
  /** It has a connection: its first, or another one. */
  connected(): void;
}

/** What a session was asked for and what it has said, from its beginning on. */
export class SessionWork {
  readonly #session: DdpSession;
  readonly #observer: DdpObserver;
  readonly #events: SessionEvents;
  /** The methods that it has not answered, by their ids. */
  readonly #calls = new Map<unknown, DdpWork>();
  readonly #subscriptions = new Map<unknown, DdpWork>();
  readonly #pending = new PendingAnswers();
  readonly #ties: ConnectionTies;
  /** The collections that its client was told of. */
  readonly collections = new Set<unknown>();
  /** What it sends by, so that it is noticed when somebody replaces it. */
  readonly #send: unknown;
  /** When it had its last result, monotonic. */
  #answeredAt = Number.NEGATIVE_INFINITY;

  /** undefined: it is none of a kind that is known. */
  static of(session: DdpSession, observer: DdpObserver, events: SessionEvents): SessionWork | undefined {
    const { processMessage, send } = session;
    if (typeof processMessage !== 'function' || typeof send !== 'function') return undefined;
    return new SessionWork(session, processMessage, send, observer, events);
  }

  private constructor(
    session: DdpSession,
    processMessage: NonNullable<DdpSession['processMessage']>,
    send: NonNullable<DdpSession['send']>,
    observer: DdpObserver,
    events: SessionEvents,
  ) {
    this.#session = session;
    this.#observer = observer;
    this.#events = events;
    this.#ties = new ConnectionTies(session.connectionHandle, () => this.calls);
    observer.opened();
    events.connected();
    const received = guarded('ddp', (message: DdpMessage | undefined) => this.#received(message));
    session.processMessage = function (message) {
      received(message);
      return Reflect.apply(processMessage, this, arguments as never);
    };
    const sent = guarded('ddp', (message: DdpMessage | undefined) => this.#sent(message));
    session.send = function (message) {
      try {
        return Reflect.apply(send, this, arguments as never);
      } finally {
        sent(message);
      }
    };
    this.#send = session.send;
  }

  /** One of its methods has no result yet. */
  get calls(): boolean {
    return this.#calls.size > 0;
  }

  /** Its client has been told all that it was promised. */
  get settled(): boolean {
    return this.#pending.none;
  }

  get answeredAt(): number {
    return this.#answeredAt;
  }

  /** What of it only this process can know; undefined: nothing that shows. */
  get tie(): Refusal | undefined {
    return this.#ties.found;
  }

  /** The app has put a function of its own in the place of the one that sends. */
  get sendsByItself(): boolean {
    return this.#session.send !== this.#send;
  }

  #received(message: DdpMessage | undefined): void {
    this.#ties.begin();
    if (message === undefined) return;
    const { msg, id, method, name } = message;
    if (msg === 'method') this.#calls.set(id, this.#observer.began('method', method));
    else if (msg === 'sub') this.#subscriptions.set(id, this.#observer.began('subscription', name));
    this.#pending.asked(message);
  }

  #sent(message: DdpMessage | undefined): void {
    if (message === undefined) return;
    this.#pending.told(message);
    const { msg, id, collection, subs, error, offendingMessage } = message;
    if (collection !== undefined) this.collections.add(collection);
    if (msg === 'connected') this.#events.connected();
    else if (msg === 'result') this.#called(id, error !== undefined);
    else if (msg === 'ready' && Array.isArray(subs)) {
      for (const sub of subs) this.#done(this.#subscriptions, sub, false);
    } else if (msg === 'nosub') this.#done(this.#subscriptions, id, error !== undefined);
    // A call that is none, without a method's name for instance, has no result.
    else if (msg === 'error') this.#called(offendingMessage?.id, true);
  }

  #called(id: unknown, failed: boolean): void {
    if (!this.#done(this.#calls, id, failed) || this.calls) return;
    this.#answeredAt = monotonicNow();
    this.#events.idle();
  }

  /** False when nobody waited for that. */
  #done(all: Map<unknown, DdpWork>, id: unknown, failed: boolean): boolean {
    const work = all.get(id);
    if (work === undefined) return false;
    all.delete(id);
    this.#observer.done(work, failed);
    return true;
  }
}
