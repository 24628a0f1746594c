import type { ServerResponse } from 'node:http';
import type net from 'node:net';

import type { Refusal } from '../../protocol/refusals.ts';
import { guarded } from '../runtime/guard.ts';
import { monotonicNow } from '../runtime/originals.ts';
import type { ConnectionHandle } from './connection-ties.ts';
import { SessionWork } from './session-work.ts';

/** What the agent uses of a session of Meteor's DDP server, 2.x and 3.x alike. None of it is certain to be there. */
export interface DdpSession {
  processMessage?(message: DdpMessage): unknown;
  send?(message: DdpMessage): unknown;
  close?(): unknown;
  /** What the app has of it. */
  connectionHandle?: ConnectionHandle;
  /** Ends it while it waits (Meteor 3.5). */
  _pendingRemoveFunction?: (() => unknown) | null;
  inQueue?: { length?: number } | null;
  workerRunning?: boolean;
  /** null while its client has no network (Meteor 3.5). `url` is that of SockJS's last request. */
  socket?: { url?: string; _session?: { recv?: SockJsReceiver | null } } | null;
}

/** Where a SockJS session writes to at the moment: a WebSocket, or the answer to a poll (`response`). */
interface SockJsReceiver {
  connection?: net.Socket;
  response?: ServerResponse | null;
  didClose?(): unknown;
}

const receiverOf = ({ socket }: DdpSession): SockJsReceiver | undefined =>
  // oxlint-disable-next-line no-underscore-dangle -- sockjs 0.3 has no other way to it
  socket?._session?.recv ?? undefined;

/** The connection that a session writes to at the moment. */
export function connectionUnder(session: DdpSession): net.Socket | undefined {
  const receiver = receiverOf(session);
  return receiver?.connection ?? receiver?.response?.socket ?? undefined;
}

/** So that nobody resumes it: after a plain `close()` a session of Meteor 3.5 waits for its client. */
function closeForGood(session: DdpSession): void {
  const { connectionHandle } = session;
  if (typeof connectionHandle?.close === 'function') connectionHandle.close();
  else session.close?.();
  // oxlint-disable-next-line no-underscore-dangle -- one that waits hears of the above only when that is over
  session._pendingRemoveFunction?.();
}

/** Ends the poll of a session, between two messages: its client sends another. False for a WebSocket's. */
export function endPoll(session: DdpSession): boolean {
  const receiver = receiverOf(session);
  if (!receiver?.response || typeof receiver.didClose !== 'function') return false;
  receiver.didClose();
  return true;
}

export interface DdpMessage {
  methods?: unknown;
  msg?: unknown;
  id?: unknown;
  method?: unknown;
  name?: unknown;
  subs?: unknown;
  error?: unknown;
  offendingMessage?: { id?: unknown };
  collection?: unknown;
}

/** What a client asked a session for and has no answer to. */
export interface DdpWork {
  kind: 'method' | 'subscription';
  /** As the client said it: not certain to be a string. */
  name: unknown;
  /** Monotonic, in milliseconds. */
  since: number;
}

/** Hears of all sessions' work. */
export interface DdpObserver {
  opened(): void;
  began(kind: DdpWork['kind'], name: unknown): DdpWork;
  /** A method has its result, a subscription is ready or refused. */
  done(work: DdpWork, failed: boolean): void;
}

const nobody: DdpObserver = {
  opened: () => {},
  began: (kind, name) => ({ kind, name, since: 0 }),
  done: () => {},
};

type SessionMap = Map<unknown, DdpSession>;
type Run = (task: () => unknown) => unknown;

interface Meteor {
  server?: { sessions?: SessionMap };
  bindEnvironment?(run: Run): Run;
}

const meteor = (): Meteor | undefined =>
  (globalThis as { Package?: { meteor?: { Meteor?: Meteor } } }).Package?.meteor?.Meteor;

/**
 * The sessions of the app's Meteor server, and which of them are in the middle of a method. That is counted
 * here: a session's own fields look idle while a method runs that has called `unblock()`.
 */
export class DdpSessions {
  /** Called when a session has answered the last of its methods: the next one may come very soon. */
  onIdle: ((session: DdpSession) => void) | undefined;
  /** Called when a session has a connection: its first, or another one. */
  onConnected: ((session: DdpSession) => void) | undefined;
  /** Called when a session is about to be ended here. */
  onClosing: ((session: DdpSession) => void) | undefined;
  readonly #observer: DdpObserver;
  #sessions: SessionMap | undefined;
  readonly #works = new WeakMap<DdpSession, SessionWork>();
  /** Those of this worker itself: nobody counts them, and none of them is ever told to go. */
  readonly #unseen = new WeakSet<DdpSession>();
  #opensUnseen = false;
  /** Meteor 2 closes a session only inside of a Fiber; bound in one, this makes one. */
  #run: Run | undefined;

  constructor(observer: DdpObserver) {
    this.#observer = observer;
  }

  /** Finds the server's sessions: again and again, for packages may load late. Costs nothing when nothing is new. */
  look(): void {
    const sessions = meteor()?.server?.sessions;
    if (sessions === this.#sessions || !(sessions instanceof Map)) return;
    this.#sessions = sessions;
    const { set } = sessions;
    const watch = guarded('ddp', (session: DdpSession) => {
      this.#watch(session);
      this.#bind();
    });
    sessions.set = (id, session) => {
      watch(session);
      return Reflect.apply(set, sessions, [id, session]);
    };
    for (const session of sessions.values()) this.#watch(session);
  }

  get found(): boolean {
    return this.#sessions !== undefined;
  }

  get size(): number {
    return this.all().length;
  }

  all(): DdpSession[] {
    return [...(this.#sessions?.values() ?? [])].filter((session) => !this.#unseen.has(session));
  }

  has(session: DdpSession): boolean {
    return this.all().includes(session);
  }

  /** None of its methods runs and nothing of it waits: nothing would be run twice if it were closed now. */
  isIdle(session: DdpSession): boolean {
    if (session.workerRunning === true || (session.inQueue?.length ?? 0) > 0) return false;
    return this.#works.get(session)?.calls !== true;
  }

  /** Idle, and its client has been told all that it was promised. */
  isSettled(session: DdpSession): boolean {
    return this.isIdle(session) && this.#works.get(session)?.settled !== false;
  }

  /** The app has put a function of its own in the place of the one that sends. */
  sendsByItself(session: DdpSession): boolean {
    return this.#works.get(session)?.sendsByItself !== false;
  }

  /** What of this session only this process can know; undefined: nothing that shows. */
  tieOf(session: DdpSession): Refusal | undefined {
    return this.#works.get(session)?.tie;
  }

  /** The collections that its client was told of. */
  collectionsOf(session: DdpSession): ReadonlySet<unknown> {
    return this.#works.get(session)?.collections ?? new Set();
  }

  /** Runs a task as Meteor wants its own to be run (2.x: in a Fiber). */
  inMeteor(task: () => unknown): unknown {
    return this.#run === undefined ? task() : this.#run(task);
  }

  /** Idle, and so for `ms`: who is at work now calls again soon. */
  isQuiet(session: DdpSession, ms: number): boolean {
    const answeredAt = this.#works.get(session)?.answeredAt ?? Number.NEGATIVE_INFINITY;
    return this.isIdle(session) && monotonicNow() - answeredAt >= ms;
  }

  /** Ends a session for good: its client gets a new one, elsewhere. */
  close(session: DdpSession): void {
    if (!this.#unseen.has(session)) this.onClosing?.(session);
    try {
      if (this.#run === undefined) closeForGood(session);
      else this.#run(() => closeForGood(session));
    } catch {
      // What the app makes of the end of a session is the app's.
    }
    for (const [id, other] of this.#sessions ?? []) if (other === session) this.#sessions!.delete(id);
  }

  /** What `task` opens is seen by nobody but who opens it. */
  unseen<T>(task: () => T): T {
    this.#opensUnseen = true;
    try {
      return task();
    } finally {
      this.#opensUnseen = false;
    }
  }

  #bind(): void {
    if (this.#run !== undefined) return;
    try {
      this.#run = meteor()?.bindEnvironment?.((task) => task());
    } catch {
      // Not inside of a Fiber: the next session is.
    }
  }

  #watch(session: DdpSession): void {
    if (this.#works.has(session)) return;
    const unseen = this.#opensUnseen;
    const tell = (event: 'onConnected' | 'onIdle') => (): void => {
      if (!unseen) this[event]?.(session);
    };
    const events = { idle: tell('onIdle'), connected: tell('onConnected') };
    const work = SessionWork.of(session, unseen ? nobody : this.#observer, events);
    if (work !== undefined) this.#works.set(session, work);
    if (unseen) this.#unseen.add(session);
  }
}
