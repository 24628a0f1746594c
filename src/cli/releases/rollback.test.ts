import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KnownRelease } from '../../releases/store.ts';
import type { Outcome } from '../../running/release.ts';
import { chosen } from './rollback.ts';

const release = (number: number, state: Outcome['state'], at: string): KnownRelease =>
  ({ number, outcome: { state, at } }) as KnownRelease;

const known = [
  release(1, 'live', '2026-01-01'),
  release(2, 'failed', '2026-01-02'),
  release(3, 'live', '2026-01-03'),
  release(4, 'live', '2026-01-04'),
];

test('without a number it is the one that served last before', () => {
  assert.equal(chosen(known, 4, undefined), 3);
  assert.equal(chosen([...known, release(5, 'live', '2026-01-05')], 3, undefined), 5);
});

test('a number must be that of another release', () => {
  assert.equal(chosen(known, 4, '1'), 1);
  assert.throws(() => chosen(known, 4, '9'), { code: 'RELEASE_NOT_FOUND', message: /no release 9.*1, 2, 3/ });
  assert.throws(() => chosen(known, 4, '4'), { code: 'RELEASE_NOT_FOUND', message: /serves already/ });
  assert.throws(() => chosen(known, 4, 'x'), { code: 'USAGE' });
  assert.throws(() => chosen([known[3]!], 4, undefined), { code: 'RELEASE_NOT_FOUND' });
});
