import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample, Snapshot } from '../../admin/live/wire.ts';
import { fakeStatus } from '../../../test/support/fake-fleet.ts';
import { afterEvent } from './store.ts';

const row = (...values: number[]) => ({
  eventLoop: values,
  memory: values,
  sessions: values,
  requests: values,
});

function snapshot(pid: number, times: number[], log: Snapshot['log'] = []): Snapshot {
  const status = fakeStatus({ supervisor: { ...fakeStatus().supervisor, pid } });
  const total = { ...row(...times), eventLoopMax: times, workers: times };
  return {
    at: times.at(-1) ?? 0,
    status,
    wanted: 2,
    rates: {},
    series: { everyMs: 5000, times, total, workers: { 1: row(...times) } },
    moments: [],
    releases: [],
    log,
    actions: [],
  };
}

const sample = (at: number): Sample => {
  const numbers = { eventLoop: at, memory: at, sessions: at, requests: at };
  return { at, total: { ...numbers, eventLoopMax: at, workers: at }, workers: { 1: numbers, 3: numbers } };
};

test('a sample makes each row one longer, and forgets workers that are gone', () => {
  const first = afterEvent(undefined, 'snapshot', snapshot(1, [1, 2]));
  const { series } = afterEvent(first, 'sample', sample(3))!;
  assert.deepEqual(series.times, [1, 2, 3]);
  assert.deepEqual(series.total.workers, [1, 2, 3]);
  assert.deepEqual(series.workers[1]!.memory, [1, 2, 3]);
  assert.deepEqual(series.workers[3]!.memory, [3]);
});

const line = (at: number) => ({ at, slot: 1, line: `at ${at}` });

test('nothing is shown before everything is known', () => {
  assert.equal(afterEvent(undefined, 'sample', sample(3)), undefined);
});

test('the same supervisor knows all; of one that took over, what was before it is kept', () => {
  const before = afterEvent(undefined, 'snapshot', snapshot(1, [1, 2, 3], [line(1), line(3)]));
  const again = afterEvent(before, 'snapshot', snapshot(1, [2, 3, 4]))!;
  assert.deepEqual(again.series.times, [2, 3, 4]);
  const other = afterEvent(before, 'snapshot', snapshot(2, [5, 6], [line(5)]))!;
  assert.deepEqual(other.series.times, [1, 2, 3, 5, 6]);
  assert.deepEqual(other.series.total.requests, [1, 2, 3, 5, 6]);
  assert.deepEqual(
    other.log.map(({ at }) => at),
    [1, 3, 5],
  );
});

test('a stack has the level of the error above it, in the log of its own worker', () => {
  const lines = [
    { slot: 1, line: 'TypeError: no' },
    { slot: 2, line: 'all is well' },
    { slot: 1, line: '    at place (app.js:1:1)' },
    { slot: 2, line: '\u001b[33mwarn\u001b[39m: soon' },
  ];
  const { log } = afterEvent(
    undefined,
    'snapshot',
    snapshot(
      1,
      [1],
      lines.map((each) => ({ ...each, at: 1 })),
    ),
  )!;
  assert.deepEqual(
    log.map(({ level }) => level),
    ['error', 'info', 'error', 'warn'],
  );
});
