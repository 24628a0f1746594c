import type { TestContext } from 'node:test';
import { clock } from '../../src/agent/runtime/timers.ts';

/** Time stands still for the agent's timeouts; gives what lets some of it pass. */
export function mockTimeouts(t: TestContext): (ms: number) => void {
  const own = { ...clock };
  t.mock.timers.enable({ apis: ['setTimeout'] });
  Object.assign(clock, { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout });
  t.after(() => Object.assign(clock, own));
  return (ms) => t.mock.timers.tick(ms);
}
