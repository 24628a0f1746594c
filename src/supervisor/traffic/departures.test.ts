import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Happening } from '../events/event-bus.ts';
import type { Worker } from '../workers/worker.ts';
import { DepartureLog } from './departures.ts';

const worker = { slot: 2, record: { pid: 7 } } as unknown as Worker;

test('what workers say of their clients is added up, and told as it comes', () => {
  const events: Happening[] = [];
  const log = new DepartureLog((event) => void events.push(event));
  log.drained(worker, { handedOver: 3, reconnected: [{ reason: 'state over 1 MB', count: 1 }] });
  const before = log.total;
  log.drained(worker, { handedOver: 0, reconnected: [] });
  log.drained(worker, { handedOver: undefined, reconnected: undefined });
  log.drained(worker, {
    handedOver: 409,
    reconnected: [
      { reason: 'state over 1 MB', count: 2 },
      { reason: 'TLS in the worker', count: 1 },
    ],
  });
  const more = { handedOver: 409, reconnected: { 'state over 1 MB': 2, 'TLS in the worker': 1 } };
  assert.deepEqual(log.since(before), more);
  assert.deepEqual(log.total, {
    handedOver: 412,
    reconnected: { 'state over 1 MB': 3, 'TLS in the worker': 1 },
  });
  assert.deepEqual(events, [
    { type: 'drained', slot: 2, pid: 7, handedOver: 3, reconnected: { 'state over 1 MB': 1 } },
    { type: 'drained', slot: 2, pid: 7, ...more },
  ]);
});

test('a worker that says anything adds no words and no strange numbers', () => {
  const log = new DepartureLog(() => {});
  const reasons = ['\u001b[2J', '__proto__', 'x'.repeat(1e6)].map((reason) => ({ reason, count: 1 }));
  log.drained(worker, {
    handedOver: -5,
    reconnected: [...reasons, { reason: 'state over 1 MB', count: 0.5 }],
  });
  assert.deepEqual(log.total, { handedOver: 0, reconnected: { 'another reason': 3 } });
});
