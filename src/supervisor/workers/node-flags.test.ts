import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeFlags } from './node-flags.ts';

const none = { hangTimeout: 0, heapSnapshots: 0 };
const folder = (): string => '/heap';

test("the app's own inspector keeps its port", () => {
  const on = { ...none, hangTimeout: 30_000 };
  const flags = ['--inspect-port=127.0.0.1:0', '--inspect-publish-uid=stderr'];
  assert.deepEqual(nodeFlags(on, {}, '14.21.3', folder), flags);
  assert.deepEqual(nodeFlags(on, { NODE_OPTIONS: '--max-old-space-size=4096' }, '14.21.3', folder), flags);
  assert.deepEqual(nodeFlags(on, { NODE_OPTIONS: '--inspect=9230' }, '14.21.3', folder), []);
  assert.deepEqual(nodeFlags(none, {}, '14.21.3', folder), []);
});

test('a Node that cannot write heap snapshots is started without', () => {
  const on = { ...none, heapSnapshots: 2 };
  const flags = ['--heapsnapshot-near-heap-limit=1', '--diagnostic-dir=/heap'];
  for (const version of ['14.18.0', '15.1.0', '20.20.2'])
    assert.deepEqual(nodeFlags(on, {}, version, folder), flags);
  for (const version of ['14.17.6', '15.0.1']) assert.deepEqual(nodeFlags(on, {}, version, folder), []);
});
