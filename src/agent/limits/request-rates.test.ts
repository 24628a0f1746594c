import assert from 'node:assert/strict';
import test from 'node:test';
import { burstSeconds, RequestRates } from './request-rates.ts';

function ratesAt(limit: number, most?: number) {
  const clock = { ms: 0 };
  const rates = new RequestRates(limit, { now: () => clock.ms, ...(most !== undefined && { most }) });
  /** How many of so many requests are let through. */
  const ask = (count: number, address = 'a'): number =>
    Array.from({ length: count }, () => rates.take(address)).filter((wait) => wait === 0).length;
  return { clock, rates, ask };
}

test('a burst is let through, then the rate', () => {
  const { clock, ask } = ratesAt(10);
  assert.equal(ask(1000), 10 * burstSeconds);
  clock.ms += 500;
  assert.equal(ask(1000), 5);
  clock.ms += 50;
  assert.equal(ask(1000), 0, 'half a token is none');
  clock.ms += 50;
  assert.equal(ask(1000), 1);
  clock.ms += 3_600_000;
  assert.equal(ask(1000), 10 * burstSeconds, 'it fills no further');
  assert.equal(ask(10, 'b'), 10, 'another address has a bucket of its own');
});

test('whoever is refused hears when to come again', () => {
  const { clock, rates, ask } = ratesAt(1);
  ask(burstSeconds);
  assert.equal(rates.take('a'), 1);
  rates.divide([{ address: 'a', count: 0.1 }]);
  assert.equal(rates.take('a'), 10);
  clock.ms += 10_000;
  assert.equal(rates.take('a'), 0, 'and is let through then');
});

test('a share holds until it is taken back', () => {
  const { clock, rates, ask } = ratesAt(10);
  ask(1000);
  rates.divide([{ address: 'a', count: 4 }]);
  clock.ms += 1_000;
  assert.equal(ask(1000), 4);
  rates.divide([]);
  clock.ms += 1_000;
  assert.equal(ask(1000), 10);
});

test('it tells who was busy since it was last asked', () => {
  const { clock, rates, ask } = ratesAt(8);
  ask(3, 'much');
  ask(2, 'little');
  assert.deepEqual(rates.busy(2), [{ address: 'much', count: 3 }]);
  ask(3, 'little');
  assert.deepEqual(rates.busy(2), [{ address: 'little', count: 3 }]);
  assert.deepEqual(rates.busy(2), []);
  ask(1000, 'much');
  rates.busy(2);
  clock.ms += 50;
  ask(1, 'much');
  assert.deepEqual(rates.busy(2), [{ address: 'much', count: 0 }], 'who is refused is told of too');
});

test('a million addresses leave no more than the newest, and those that go on asking', () => {
  const { clock, rates, ask } = ratesAt(1);
  ask(burstSeconds, 'steady');
  for (let i = 0; i < 1_000_000; i += 1) {
    if (i % 10_000 === 0) {
      clock.ms += 1_000;
      rates.busy(1);
      assert.equal(ask(2, 'steady'), 1, 'nobody gets a new bucket by that');
    }
    rates.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  }
  assert.ok(rates.size <= 65_536);
});

test('however many are busy, few are told of: those with the most', () => {
  const { rates, ask } = ratesAt(8);
  for (let i = 0; i < 20_000; i += 1) ask(3, String(i));
  ask(4, '7');
  const busy = rates.busy(2);
  assert.equal(busy.length, 500);
  assert.deepEqual(busy[0], { address: '7', count: 7 });
});
