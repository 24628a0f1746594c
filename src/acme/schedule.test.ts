import assert from 'node:assert/strict';
import test from 'node:test';
import { nextTryAt, renewalAt } from './schedule.ts';

const day = 86_400_000;

test('a certificate is renewed after two thirds of its lifetime, spread over a few days by its serial number', () => {
  const serials = Array.from({ length: 200 }, (_, i) => `0${i}`);
  const times = serials.map((serial) => renewalAt({ begins: 10 * day, ends: 100 * day, serial }));
  for (const time of times) assert.ok(time >= 70 * day && time <= 73 * day, String(time / day));
  assert.ok(Math.max(...times) - Math.min(...times) > 2 * day);
  assert.equal(renewalAt({ begins: 10 * day, ends: 100 * day, serial: '01' }), times[1], 'always the same');
});

test('tries after failures become rare, and at most five fall into the first hour', () => {
  let at = 0;
  const tries = [at];
  for (let failures = 1; failures <= 20; failures += 1) {
    const next = nextTryAt(failures, at);
    assert.ok(next >= at + 60_000);
    at = next;
    tries.push(at);
  }
  assert.ok(tries.filter((time) => time < 3_600_000).length <= 5);
  assert.ok(at - tries.at(-2)! >= day / 2);
});
