import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readWorkers } from './workers.ts';

const usual = {
  target: { eventLoop: 0.6, sessions: 500, memory: 0.8 },
  cooldown: { up: 10_000, down: 120_000 },
};

test('a number stays a number', () => {
  assert.equal(readWorkers(3), 3);
  assert.equal(readWorkers('3'), 3);
  assert.equal(readWorkers('auto'), 'auto');
  for (const wrong of ['0', '257', '2-', '-2', '8-2', '0-3', '2-300', 'two', '2-x'])
    assert.equal(readWorkers(wrong), undefined, wrong);
});

test('a range has the usual targets, an object may change each', () => {
  assert.deepEqual(readWorkers('2-8'), { min: 2, max: 8, ...usual });
  assert.deepEqual(readWorkers('2-auto'), { min: 2, max: 'auto', ...usual });
  assert.deepEqual(readWorkers({}), { min: 1, max: 'auto', ...usual });
  assert.deepEqual(readWorkers({ min: 2, max: 6, target: { sessions: 50 }, cooldown: { down: '30s' } }), {
    min: 2,
    max: 6,
    target: { ...usual.target, sessions: 50 },
    cooldown: { up: 10_000, down: 30_000 },
  });
});
