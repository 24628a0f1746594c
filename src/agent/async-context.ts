import { AsyncResource } from 'node:async_hooks';

/** As it was before an app could replace it. */
const { nextTick } = process;

/** What is made here belongs to no client: an app's AsyncLocalStorage finds nothing in it. */
const root = new AsyncResource('RADIANT');

export const inRootContext = <T>(run: () => T): T => root.runInAsyncScope(run);

/**
 * For what the app gets later than it came: it runs in the context that it came in, whoever brings the news that it may, and in a
 * tick of its own, so that what the app throws meets nobody else's code.
 */
export function resumable<A extends unknown[]>(run: (...args: A) => void): (...args: A) => void {
  const context = new AsyncResource('RADIANT');
  return (...args) => {
    Reflect.apply(nextTick, process, [() => context.runInAsyncScope(run, undefined, ...args)]);
  };
}
