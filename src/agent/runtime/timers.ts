import { inRootContext } from './async-context.ts';
import { guarded } from './guard.ts';
import * as originals from './originals.ts';

/**
 * Timers of the agent: Node's own, whatever the app has made of them, in no client's context; what their callbacks throw is
 * a fault. A test with a clock of its own puts that here.
 */
export const clock = {
  setTimeout: originals.setTimeout,
  setInterval: originals.setInterval,
  setImmediate: originals.setImmediate,
  clearTimeout: originals.clearTimeout,
  clearInterval: originals.clearInterval,
  clearImmediate: originals.clearImmediate,
};

export const setTimeout = (run: () => void, ms: number): NodeJS.Timeout =>
  inRootContext(() => clock.setTimeout(guarded('timer', run), ms));

export const setInterval = (run: () => void, ms: number): NodeJS.Timeout =>
  inRootContext(() => clock.setInterval(guarded('timer', run), ms));

export const setImmediate = (run: () => void): NodeJS.Immediate =>
  inRootContext(() => clock.setImmediate(guarded('timer', run)));

export const clearTimeout = (timer: NodeJS.Timeout | undefined): void => clock.clearTimeout(timer);
export const clearInterval = (timer: NodeJS.Timeout | undefined): void => clock.clearInterval(timer);
export const clearImmediate = (immediate: NodeJS.Immediate | undefined): void =>
  clock.clearImmediate(immediate);
