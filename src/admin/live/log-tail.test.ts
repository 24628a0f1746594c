import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogTail } from './log-tail.ts';

test('the last lines are kept, however many and however long they are', () => {
  const tail = new LogTail();
  for (let i = 0; i < 3000; i += 1) tail.add(i, 1, `line ${i}`);
  assert.equal(tail.list().length, 1000);
  assert.equal(tail.list().at(-1)!.line, 'line 2999');
  for (let i = 0; i < 300; i += 1) tail.add(i, 2, 'x'.repeat(100_000));
  const characters = tail.list().reduce((sum, { line }) => sum + line.length, 0);
  assert.ok(characters <= 512 * 1024, `${characters}`);
  assert.equal(tail.list().at(-1)!.line.length, 4001);
});
