import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scaleLimits } from './wishes.ts';

const target = { eventLoop: 0.6, sessions: 500, memory: 0.8 };

test('the number of workers ends at the limits of the app, and at one', () => {
  assert.deepEqual(scaleLimits({ spare: 0, wanted: 1 }), { less: '1 worker at least' });
  assert.deepEqual(scaleLimits({ spare: 0, wanted: 9 }), {});
  const automatic = { min: 2, max: 4, target };
  assert.deepEqual(scaleLimits({ spare: 0, wanted: 2, automatic }), { less: '2 workers at least' });
  assert.deepEqual(scaleLimits({ spare: 0, wanted: 3, automatic }), {});
  assert.deepEqual(scaleLimits({ spare: 0, wanted: 4, automatic }), { more: '4 workers at most' });
});
