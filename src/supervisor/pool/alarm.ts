import { performance } from 'node:perf_hooks';

/**
 * Runs `act` once `time` (`performance.now()`) has come. A timer alone may fire before: it counts from when the event loop
 * last looked at its clock. https://nodejs.org/api/timers.html promises no more.
 */
export function runAt(time: number, act: () => void): void {
  const look = (): void => (performance.now() >= time ? act() : runAt(time, act));
  setTimeout(look, Math.max(0, time - performance.now())).unref();
}
