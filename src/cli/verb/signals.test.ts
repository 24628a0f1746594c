import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handleSignals } from './signals.ts';

function record(onTerminal: boolean): { done: string[]; tick: (ms: number) => void; restore: () => void } {
  const done: string[] = [];
  let now = 0;
  const restore = handleSignals(
    {
      stop: (again) => done.push(again ? 'at once' : 'stop'),
      restart: () => done.push('restart'),
      onTerminal,
    },
    () => now,
  );
  return { done, tick: (ms) => (now += ms), restore };
}

test('the second signal stops at once, but one keystroke that arrives twice is one', () => {
  const { done, tick, restore } = record(true);
  process.emit('SIGINT', 'SIGINT');
  tick(10);
  process.emit('SIGINT', 'SIGINT');
  assert.deepEqual(done, ['stop']);
  tick(200);
  process.emit('SIGTERM', 'SIGTERM');
  assert.deepEqual(done, ['stop', 'at once']);
  restore();
});

test('a terminal that hangs up stops the app, without one the workers are replaced', () => {
  const on = record(true);
  process.emit('SIGHUP', 'SIGHUP');
  on.restore();
  const off = record(false);
  process.emit('SIGHUP', 'SIGHUP');
  off.restore();
  assert.deepEqual([...on.done, ...off.done], ['stop', 'restart']);
});
