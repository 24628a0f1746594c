import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import test from 'node:test';
import { runAt } from './alarm.ts';

test('a timer that fires before its time is set again', (t) => {
  let now = 1_000;
  t.mock.method(performance, 'now', () => now);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let runs = 0;
  runAt(3_000, () => (runs += 1));
  now = 2_990;
  t.mock.timers.tick(2_000);
  assert.equal(runs, 0);
  now = 3_000;
  t.mock.timers.tick(10);
  assert.equal(runs, 1);
  t.mock.timers.tick(10_000);
  assert.equal(runs, 1);
});
