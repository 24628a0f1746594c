/*
 * A keeper outlives upgrades: the other end may be of a newer version. So what is here may be added to, not changed.
 */
import type { Code } from '../running/operations.ts';

/**
 * What a keeper tells its supervisor. By IPC and not by a signal: an order waits in the channel until the
 * supervisor listens, while a signal would end one that has just been started.
 */
export type Order = 'stop' | 'restart';

export interface OrderMessage {
  order: Order;
}

/** The sockets that a keeper holds: those of the app, of the page for operators, and for HAProxy's agent checks. */
export type Listeners = 'public' | 'admin' | 'agentCheck';

/** What a supervisor asks its keeper for: a fresh set of the handles of these sockets. */
export interface ListenersWanted {
  wanted: Listeners;
}

/** Goes with one of those handles. */
export interface ListenerMessage {
  of: Listeners;
  index: number;
}

/** What a supervisor tells its keeper before it hands over: which code shall follow. */
export interface Successor {
  successor: Code;
}

/**
 * ... and when it has come up: from then on it is this code that follows, whatever becomes of this process. A keeper that
 * does not know this word reads no more than that of it.
 */
export interface Up extends Successor {
  up: true;
}

/** A supervisor's exit code when it could not come up; 0 is the end that was asked for, all else a crash. */
export const cannotStart = 70;
/** ... and when it has ended to make room for another one, and its workers go on. */
export const handedOver = 71;
