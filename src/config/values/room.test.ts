import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesEach, usualWorkers } from './room.ts';

const MB = 1024 ** 2;

test('auto is one worker for each core, as far as the memory has room for', () => {
  assert.equal(usualWorkers(8, 16_000 * MB), 8);
  assert.equal(usualWorkers(8, 1024 * MB), 4);
  assert.equal(usualWorkers(8, 200 * MB), 1);
  assert.equal(usualWorkers(3, Infinity), 3);
});

test('a share of the memory is divided among all workers', () => {
  assert.equal(bytesEach(300 * MB, 4, 1000 * MB), 300 * MB);
  assert.equal(bytesEach({ share: 0.8 }, 4, 1000 * MB), 200 * MB);
  assert.throws(() => bytesEach({ share: 0.8 }, 20, 1000 * MB), {
    code: 'CONFIG',
    message: 'maxMemory: 80% is 40 MB for each of 20 workers; one needs 64 MB at least',
  });
});
