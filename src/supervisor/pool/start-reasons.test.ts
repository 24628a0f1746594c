import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Release } from '../../running/release.ts';
import { StartReasons } from './start-reasons.ts';

const phase = (number: number, cause: string) => ({ phase: number, cause, release: {} as Release });

test('a worker starts for its phase, or for its slot', () => {
  const startReasons = new StartReasons(2);
  assert.equal(startReasons.of(1, phase(1, 'start'), false), 'start');
  assert.equal(startReasons.of(2, phase(1, 'start'), false), 'start');
  assert.equal(startReasons.of(1, phase(1, 'start'), true), 'died');
  assert.equal(startReasons.of(3, phase(1, 'start'), false), 'scale');
  assert.equal(startReasons.of(1, phase(2, 'restart'), false), 'restart');
  assert.equal(startReasons.of(1, phase(2, 'restart'), true), 'died');
  assert.equal(
    startReasons.of(2, phase(2, 'restart'), true),
    'restart',
    'the old one died while it was replaced',
  );
  assert.equal(startReasons.of(2, phase(3, 'deploy 4'), false), 'deploy 4');
  assert.equal(
    startReasons.of(2, phase(3, 'deploy 4'), false),
    'scale',
    'it was scaled away and comes again',
  );
});

test('the workers of a dead supervisor are taken over', () => {
  const causes = new StartReasons(2);
  causes.adopted(1);
  assert.equal(causes.of(1, phase(1, 'start'), false), 'takeover');
  assert.equal(causes.of(2, phase(1, 'start'), false), 'start');
});
