import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeStatus, fakeWorker } from '../../../../test/support/fake-fleet.ts';
import type { WorkerStatus } from '../../../running/status.ts';
import { press, type Command } from './commands.ts';
import { keysOf } from './keys.ts';
import { beginning, sampled, selectedRow, shownRows, type TopState } from '../model/state.ts';

const sample = (workers: WorkerStatus[], at = 0) => ({
  at,
  status: fakeStatus({ workers }),
  rates: new Map(),
});

const three = (): TopState =>
  beginning(
    sample([
      fakeWorker(1, { rssBytes: 10, restarts: 1 }),
      fakeWorker(2, { rssBytes: 30 }),
      fakeWorker(3, { rssBytes: 20 }),
    ]),
  );

/** Types, and gives what came of it. */
function type(start: TopState, input: string): { state: TopState; commands: Command[] } {
  let state = start;
  const commands: Command[] = [];
  for (const key of keysOf(input)) {
    const pressed = press(state, key);
    state = pressed.state;
    if (pressed.command !== undefined) commands.push(pressed.command);
  }
  return { state, commands };
}

const slots = (state: TopState): number[] => shownRows(state).map(({ worker }) => worker.slot);
const slot = (state: TopState): number | undefined => selectedRow(state)?.worker.slot;

test('keys are told from what terminals send', () => {
  assert.deepEqual(keysOf('j\x1b[A\x1bOB\x1b[5~q\x03'), ['j', 'up', 'down', 'page up', 'q', 'ctrl-c']);
  assert.deepEqual(keysOf('\x1b[1;5P\x1b[200~é'), ['é'], 'other sequences are no keys');
  assert.deepEqual(keysOf('\x1b'), ['\x1b']);
});

test('the cursor moves with the arrows and stays within the table', () => {
  assert.equal(slot(type(three(), 'j').state), 2);
  assert.equal(slot(type(three(), 'jjjjj').state), 3);
  assert.equal(slot(type(three(), 'jj\x1b[A').state), 2);
  assert.equal(slot(type(three(), 'kk').state), 1);
  assert.equal(slot(type(three(), 'G').state), 3);
});

test('the table is sorted by the column beside, and the other way round', () => {
  const byMemory = type(three(), '>>>>>').state;
  assert.equal(byMemory.sort.by, 'memory');
  assert.deepEqual(slots(byMemory), [2, 3, 1]);
  assert.deepEqual(slots(type(byMemory, 'S').state), [1, 3, 2]);
  assert.equal(type(three(), '<').state.sort.by, 'restarts');
  assert.equal(slot(type(three(), 'j<').state), 2, 'the cursor stays on its worker');
});

test('a restart is asked for twice', () => {
  const asked = type(three(), 'r');
  assert.deepEqual([asked.state.mode, asked.commands], ['confirm', []]);
  assert.deepEqual(type(three(), 'rn').commands, []);
  assert.deepEqual(type(three(), 'ry').commands, [{ do: 'restart' }]);
  assert.deepEqual(type(three(), 'rq').commands, [], 'no is any other key');
});

test('scaling, draining, quitting', () => {
  const { commands } = type(three(), '+-jdq');
  const plus = { do: 'scale', change: '+1' };
  const minus = { do: 'scale', change: '-1' };
  assert.deepEqual(commands, [plus, minus, { do: 'replace', worker: 2 }, { do: 'quit' }]);
  assert.deepEqual(type(three(), '?\x03').commands, [{ do: 'quit' }], 'Ctrl-C ends it from everywhere');
  assert.deepEqual(type(three(), '?q').commands, [], 'any other key leaves the help');
});

test('a paused picture stays as it is, and what went on is shown after that', () => {
  const paused = type(three(), 'p').state;
  const later = sampled(paused, sample([fakeWorker(1)], 1000));
  assert.deepEqual(slots(later), [1, 2, 3]);
  assert.deepEqual(slots(type(later, 'p').state), [1]);
});

test('the successor of a worker has its cursor', () => {
  const second = type(three(), 'j').state;
  const workers = [fakeWorker(1), fakeWorker(2, { pid: 7777 }), fakeWorker(3)];
  assert.equal(selectedRow(sampled(second, sample(workers)))?.worker.pid, 7777);
  assert.equal(slot(sampled(second, sample([fakeWorker(1)]))), 1);
  assert.equal(slot(sampled(second, sample([]))), undefined);
});
