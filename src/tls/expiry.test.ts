import assert from 'node:assert/strict';
import test from 'node:test';
import { expiresSoon, ExpiryWatch } from './expiry.ts';

const day = 86_400_000;
const lasting = (days: number, serial = '1') => ({
  begins: new Date(0),
  expires: new Date(days * day),
  serial,
});

test('two weeks are soon, or a fifth of a short life; what is over is soon too', () => {
  assert.ok(!expiresSoon(lasting(90), 75 * day));
  assert.ok(expiresSoon(lasting(90), 77 * day));
  assert.ok(!expiresSoon(lasting(6), 4 * day), 'it is being renewed');
  assert.ok(expiresSoon(lasting(6), 5 * day));
  assert.ok(expiresSoon(lasting(6), 400 * day));
});

test('it is told once a day of each, as long as it is served', () => {
  const watch = new ExpiryWatch();
  const [first, second] = [lasting(90, 'a'), lasting(92, 'b')];
  const told = (at: number, ...all: (typeof first)[]): string[] =>
    watch.look(all, at * day).map(({ serial }) => serial);
  assert.deepEqual(told(70, first, second), []);
  assert.deepEqual(told(77, first, second), ['a']);
  assert.deepEqual(told(77.9, first, second), []);
  assert.deepEqual(told(78.5, first, second), ['a', 'b']);
  assert.deepEqual(told(79, second), []);
  assert.deepEqual(told(79.1, first, second), ['a'], 'the old one was put back');
});
