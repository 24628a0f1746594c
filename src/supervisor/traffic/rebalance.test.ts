import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excess } from './rebalance.ts';

test('only what is above the mean is sent away', () => {
  assert.deepEqual(excess([100, 100, 0, 0]), [50, 50, 0, 0]);
  assert.deepEqual(excess([120, 80, 10]), [50, 10, 0]);
});

test('never more than half of what a worker holds', () => {
  assert.deepEqual(excess([90, 0, 0]), [45, 0, 0]);
});

test('small differences stay', () => {
  assert.deepEqual(excess([12, 8, 7]), [0, 0, 0]);
  assert.deepEqual(excess([0, 0]), [0, 0]);
});
