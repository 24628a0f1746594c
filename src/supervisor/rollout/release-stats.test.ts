import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noStats, whyWorse } from './release-stats.ts';

const fine = { ...noStats, requests: 1000 };

test('what does as well as before stays', () => {
  assert.equal(whyWorse(fine, fine), undefined);
  assert.equal(whyWorse(noStats, noStats), undefined);
  assert.equal(whyWorse({ ...fine, failures: 300 }, { ...fine, failures: 320 }), undefined);
});

test('a few errors and one crash may be chance', () => {
  assert.equal(whyWorse(fine, { ...fine, requests: 9, failures: 9 }), undefined);
  assert.equal(whyWorse(fine, { ...fine, crashes: 1 }), undefined);
});

test('errors, crashes and hangs that were not there before are named', () => {
  assert.match(
    whyWorse(fine, { ...fine, failures: 100 })!,
    /^10 % of its answers were errors \(0 % before\)/,
  );
  assert.match(whyWorse(fine, { ...fine, crashes: 2 })!, /ended 2 times/);
  assert.match(whyWorse(fine, { ...fine, hangs: 1 })!, /stood still/);
});

test('an app that always crashed may go on crashing', () => {
  assert.equal(whyWorse({ ...fine, crashes: 3 }, { ...fine, crashes: 3 }), undefined);
});
