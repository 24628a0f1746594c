import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { faults } from './faults.ts';
import { settle } from './promises.ts';

test('what a promise ends with, or what is made of it, is a fault if it throws', async () => {
  const values: number[] = [];
  settle(Promise.resolve(1), (value) => values.push(value));
  settle(Promise.reject(new Error('no')));
  settle(Promise.resolve(2), () => assert.fail('neither'));
  await nextTurn();
  assert.deepEqual(values, [1]);
  assert.equal(faults.counts.get('promise'), 2);
});
