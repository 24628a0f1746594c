import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryUsage } from './runtime-meter.ts';

test('what was true before is said again when no descriptor is left', (t) => {
  const before = memoryUsage();
  assert.ok(before.rss > 0);
  t.mock.method(process, 'memoryUsage', () => {
    throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
  });
  assert.deepEqual(memoryUsage(), before);
});
