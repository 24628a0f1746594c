import { fault } from './guard.ts';
import { nextTick, AsyncResource } from './originals.ts';

/** What is made here belongs to no client: an app's AsyncLocalStorage finds nothing in it. */
const root = new AsyncResource('RADIANT');

export const inRootContext = <T>(run: () => T): T => root.runInAsyncScope(run);

/**
 * For what is decided later than it came: `run` has the context that it came in, whoever brings the news, and a tick of its
 * own. The connection ends if it throws; what the app is to get from it goes by `handOver`.
 */
export function resumable<A extends unknown[]>(
  socket: { destroy(): unknown },
  run: (...args: A) => void,
): (...args: A) => void {
  const context = new AsyncResource('RADIANT');
  const guardedRun = (...args: A): void => {
    try {
      run(...args);
    } catch (error) {
      fault('answer', error);
      socket.destroy();
    }
  };
  return (...args) => {
    nextTick(() => context.runInAsyncScope(guardedRun, undefined, ...args));
  };
}

/**
 * Calls the app in a tick of its own, in the present context: what the app throws meets none of our code, and a context that
 * it enters there is nobody else's.
 */
export const handOver = (call: () => void): void => nextTick(call);
