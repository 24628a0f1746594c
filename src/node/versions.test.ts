import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseVersion, matches, newestFirst, parseWanted } from './versions.ts';

const published = ['14.9.0', '14.21.3', '14.21.2', '16.20.2', '4.0.0-rc.1', '20.18.0', '20.9.1', 'v20.18.3'];

test('a wanted version is one to three numbers, with or without a v', () => {
  assert.deepEqual(parseWanted('v20.18.0'), [20, 18, 0]);
  assert.deepEqual(parseWanted('20'), [20]);
  for (const bad of ['', '^20', '20.x', '20.1.2.3', 'lts', '20.18.0-rc.1']) {
    assert.equal(parseWanted(bad), undefined, bad);
  }
});

test('the exact version wins, a prefix takes its newest', () => {
  assert.deepEqual(chooseVersion([20, 18, 0], published), { version: '20.18.0', match: 'exact' });
  assert.deepEqual(chooseVersion([20], published), { version: '20.18.3', match: 'exact' });
  assert.deepEqual(chooseVersion([20, 9], published), { version: '20.9.1', match: 'exact' });
});

test('what is not published falls back to its minor, then to its major', () => {
  assert.deepEqual(chooseVersion([14, 21, 4], published), { version: '14.21.3', match: 'minor' });
  assert.deepEqual(chooseVersion([20, 99, 1], published), { version: '20.18.3', match: 'major' });
  assert.equal(chooseVersion([18, 0, 0], published), undefined);
});

test('pre-releases are never chosen', () => {
  assert.equal(chooseVersion([4], published), undefined);
  assert.equal(matches([4], '4.0.0-rc.1'), false);
});

test('versions sort by number, not by letter', () => {
  assert.deepEqual(['14.9.0', '14.21.3', 'odd', '16.0.0'].sort(newestFirst), [
    '16.0.0',
    '14.21.3',
    '14.9.0',
    'odd',
  ]);
});
