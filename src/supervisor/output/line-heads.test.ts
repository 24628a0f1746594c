import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineHeads } from './line-heads.ts';

const cut = (
  text: string,
  chunkBytes: number,
): { lines: string[]; waiting: number; rest: string | undefined } => {
  const heads = new LineHeads();
  const bytes = Buffer.from(text);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes)
    lines.push(...heads.split(bytes.subarray(at, at + chunkBytes)));
  const { waiting } = heads;
  return { lines, waiting, rest: heads.take() };
};

test('lines of whatever chunks, of long ones the beginning', () => {
  const long = 'ä'.repeat(5_000);
  for (const chunkBytes of [1, 7, 4_096, 1_000_000]) {
    const { lines, waiting, rest } = cut(`one\n\n${long}\nx${long}\nend`, chunkBytes);
    assert.deepEqual(lines.slice(0, 2), ['one', '']);
    assert.equal(lines[2], `${'ä'.repeat(4_096)}…`);
    assert.equal(lines[3], `x${'ä'.repeat(4_095)}…`, 'no half of a character');
    assert.deepEqual([lines.length, waiting, rest], [4, 3, 'end']);
  }
});

test('what waits is counted, not kept', () => {
  const { waiting, rest } = cut('x'.repeat(100_000), 64);
  assert.equal(waiting, 100_000);
  assert.equal(rest, `${'x'.repeat(8_192)}…`);
});
