import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeStatus, fakeWorker } from '../../../test/support/fake-fleet.ts';
import { Series } from './series.ts';

test('a look counts what all workers do together, and rates from the look before', () => {
  const series = new Series();
  const before = [
    fakeWorker(1, { requests: 100 }),
    fakeWorker(2, { requests: 50, eventLoopUtilization: 0.5 }),
  ];
  assert.equal(series.add(fakeStatus({ workers: before }), 10_000).total.requests, 0, 'no rate yet');
  const workers = [
    fakeWorker(1, { requests: 150, eventLoopUtilization: 0.1, longPolls: 2 }),
    fakeWorker(2, { requests: 20, pid: 77, eventLoopUtilization: 0.5 }), // a new process counts from nothing
    fakeWorker(2, { state: 'standby', requests: 50, eventLoopUtilization: 0, websockets: 1 }),
    fakeWorker(3, { state: 'waiting', pid: null, websockets: 0, rssBytes: 0, eventLoopUtilization: 0 }),
  ];
  const { total, workers: rows } = series.add(fakeStatus({ workers }), 15_000);
  assert.deepEqual(total, {
    eventLoop: 0.3,
    eventLoopMax: 0.5,
    memory: 3 * 107 * 1024 * 1024,
    sessions: 8 + 2 + 8 + 1,
    requests: 14,
    workers: 2,
  });
  assert.equal(rows[2]!.sessions, 9, 'both processes of a slot');
  assert.deepEqual(rows[3], { eventLoop: 0, memory: 0, sessions: 0, requests: 0 });
});

test('an hour is kept, of single workers ten minutes, and nothing of those that are gone', () => {
  const series = new Series();
  for (let i = 0; i < 800; i += 1) series.add(fakeStatus(), i * 5_000, i * 5_000);
  series.add(fakeStatus({ workers: [fakeWorker(1)] }), 800 * 5_000, 800 * 5_000);
  const { times, total, workers } = series.view();
  assert.equal(times.length, 720);
  assert.equal(times.at(-1), 4_000_000);
  assert.equal(times[0], 4_000_000 - 719 * 5_000);
  assert.equal(total.memory.length, 720);
  assert.deepEqual(Object.keys(workers), ['1']);
  assert.equal(workers[1]!.eventLoop.length, 120);
  assert.equal(workers[1]!.eventLoop.at(-1), 0.123);
});
