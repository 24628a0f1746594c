/**
 * What a keeper tells its supervisor. By IPC and not by a signal: an order waits in the channel until the
 * supervisor listens, while a signal would end one that has just been started.
 */
export type Order = 'stop' | 'restart';

export interface OrderMessage {
  order: Order;
}

/** Goes with the handle of one of the public listening sockets. */
export interface ListenerMessage {
  index: number;
}

/** What a supervisor asks its keeper for: a fresh set of those handles. */
export const listenersWanted = 'listeners';

/** A supervisor's exit code when it could not come up; 0 is the end that was asked for, all else a crash. */
export const cannotStart = 70;
