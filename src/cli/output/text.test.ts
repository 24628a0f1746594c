import assert from 'node:assert/strict';
import { styleText } from 'node:util';
import { test } from 'node:test';
import { bytes, count, cut, duration, table, took } from './text.ts';

test('times, sizes and counts are short', () => {
  assert.equal(duration(0.4), '0s');
  assert.equal(duration(75), '1m 15s');
  assert.equal(duration(7200), '2h 0m');
  assert.equal(duration(90_061), '1d 1h');
  assert.equal(took(940), '0.9 s');
  assert.equal(took(12_400), '12 s');
  assert.equal(took(125_000), '2m 5s');
  assert.equal(bytes(512), '512 B');
  assert.equal(bytes(1536), '1.5 KB');
  assert.equal(bytes(107 * 1024 * 1024), '107 MB');
  assert.equal(count(1, 'worker'), '1 worker');
  assert.equal(count(3, 'worker'), '3 workers');
});

test('a table lines up, numbers to the right, colours without width', () => {
  const green = styleText('green', 'ready', { validateStream: false });
  const lines = table(
    ['worker', 'state', 'memory'],
    [
      ['1', green, '9.5 MB'],
      ['12', 'failing', '107 MB'],
    ],
    80,
  );
  assert.deepEqual(lines, [
    'worker  state    memory',
    `     1  ${green}    9.5 MB`,
    '    12  failing  107 MB',
  ]);
});

test('lines are cut to the width of the terminal', () => {
  assert.equal(cut('123456', 5), '1234…');
  assert.equal(cut('12345', 5), '12345');
  assert.equal(table(['a'], [['x'.repeat(50)]], 10)[1]?.length, 10);
});
