import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastLines, runCommand } from './command.ts';

test('a command gives its exit code and what it wrote', async () => {
  const result = await runCommand('sh', ['-c', 'echo out; echo err >&2; exit 3']);
  assert.equal(result.code, 3);
  assert.equal(result.stdout, 'out\n');
  assert.deepEqual(result.output.trim().split('\n').sort(), ['err', 'out']);
});

test('a program that is not there is a failure with a reason, not an exception', async () => {
  const result = await runCommand('/nowhere/at-all', []);
  assert.equal(result.code, null);
  assert.match(result.output, /ENOENT/);
});

test('a command that takes too long is killed', async () => {
  const result = await runCommand('sleep', ['60'], { timeout: 50 });
  assert.equal(result.code, null);
});

test('the last lines leave out empty ones', () => {
  assert.equal(lastLines('a\n\nb\r\n  \nc\n', 2), 'b\nc');
});
