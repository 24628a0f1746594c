import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Inspectors } from './inspectors.ts';

const output = (slot: number, line: string) => ({ time: 0, type: 'output', slot, line }) as const;

test('a worker that somebody debugs is known as such until its slot has another', () => {
  const inspectors = new Inspectors();
  inspectors.hear(
    output(1, 'Debugger listening on ws://127.0.0.1:9229/0f2c936f-b1cd-4ac9-aab3-f63b0f33d55e'),
  );
  assert.ok(!inspectors.inUse(1), 'an inspector that nobody uses');
  inspectors.hear(output(1, 'Debugger attached.'));
  assert.ok(inspectors.inUse(1));
  assert.ok(!inspectors.inUse(2));
  inspectors.hear({ time: 0, type: 'starting', slot: 1, pid: 5, cause: 'died' });
  assert.ok(!inspectors.inUse(1));
});
