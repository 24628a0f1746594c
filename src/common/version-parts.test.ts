import assert from 'node:assert/strict';
import test from 'node:test';
import { nodeVersionParts, parseVersion, reaches } from './version-parts.ts';

test('a nightly build of Node counts as its release, and a pre-release of anything as none', () => {
  assert.deepEqual(nodeVersionParts('27.0.0-nightly20261101abcdef'), [27, 0, 0]);
  assert.deepEqual(nodeVersionParts('v20.18.1'), [20, 18, 1]);
  assert.deepEqual(nodeVersionParts('system'), [0, 0, 0]);
  assert.equal(parseVersion('4.0.0-rc.1'), undefined);
});

test('a version reaches those before it, as far as they are named', () => {
  assert.ok(reaches([14, 18, 0], [14, 18]));
  assert.ok(reaches([15, 0, 0], [14, 18]));
  assert.ok(!reaches([14, 17, 9], [14, 18]));
  assert.ok(!reaches([21, 7, 1], [21, 7, 2]));
});
