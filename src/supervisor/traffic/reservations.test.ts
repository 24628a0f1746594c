import assert from 'node:assert/strict';
import test from 'node:test';
import { Reservations } from './reservations.ts';
import type { Worker } from '../workers/worker.ts';

const worker = {} as Worker;

test('a place is kept for ten seconds, and for no more than some thousands, of an address some hundreds', () => {
  let now = 0;
  const reservations = new Reservations(() => now);
  reservations.add('a', worker, '192.0.2.1');
  now = 10_000;
  assert.equal(reservations.get('a'), worker);
  now = 10_001;
  assert.equal(reservations.get('a'), undefined);
  for (let index = 0; index <= 500; index += 1) reservations.add(`n${index}`, worker, '192.0.2.1');
  assert.equal(reservations.get('n0'), worker);
  assert.equal(reservations.get('n500'), undefined, 'it has as many as it may');
  reservations.delete('n0');
  reservations.add('n500', worker, '192.0.2.1');
  assert.equal(reservations.get('n500'), worker);
  for (let index = 0; index < 5_000; index += 1)
    reservations.add(`s${index}`, worker, `address ${index % 100}`);
  assert.equal(reservations.get('n1'), undefined, 'the oldest ones give way');
  assert.equal(reservations.get('s4999'), worker);
  reservations.forgetWorker(worker);
  assert.equal(reservations.get('s4999'), undefined);
});
