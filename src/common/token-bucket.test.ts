import assert from 'node:assert/strict';
import test from 'node:test';
import { TokenBucket } from './token-bucket.ts';

test('so many at once, then as many as time brings, and never more than at first', () => {
  let now = 0;
  const allowance = new TokenBucket(3, 2, () => now);
  const taken = (tries: number): number =>
    Array.from({ length: tries }, () => allowance.take()).filter(Boolean).length;
  assert.equal(taken(5), 3);
  now += 400;
  assert.equal(taken(1), 0);
  now += 100;
  assert.equal(taken(2), 1);
  now += 60_000;
  assert.equal(taken(9), 3);
});
