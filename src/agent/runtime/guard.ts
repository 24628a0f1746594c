import { faults, type FaultEntry } from './faults.ts';

/**
 * What the agent's own code throws is no fault of the app: it must not end the process. So all of it that is called from
 * outside runs in a `try` whose `catch` calls `fault`; of what the app itself is called by, nothing does: what the app throws
 * reaches the process as if nobody stood between.
 */
export const fault = (entry: FaultEntry, error: unknown): void => faults.happened(entry, error);

/** A function that does not throw. `failed` is called when `run` has: somebody may wait for what it would have done. */
export function guarded<A extends unknown[]>(
  entry: FaultEntry,
  run: (...args: A) => void,
  failed?: () => void,
): (...args: A) => void {
  return function (this: unknown, ...args) {
    try {
      Reflect.apply(run, this, args);
    } catch (error) {
      fault(entry, error);
      failed?.();
    }
  };
}

interface Destroyable {
  destroy(): unknown;
}

/** What `decide` says; false, and the connection ends, where it throws. */
export function decided(entry: FaultEntry, socket: Destroyable, decide: () => boolean): boolean {
  try {
    return decide();
  } catch (error) {
    fault(entry, error);
    socket.destroy();
    return false;
  }
}
