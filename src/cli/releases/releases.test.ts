import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { KnownRelease } from '../../releases/store.ts';
import type { Outcome } from '../../running/release.ts';
import { publicView } from '../../releases/view.ts';
import { releaseLines } from './releases.ts';
import { openTerminal } from '../output/terminal.ts';

const terminal = openTerminal(new PassThrough(), new PassThrough());

const release = (
  number: number,
  outcome: Partial<Outcome>,
  rest: Partial<KnownRelease> = {},
): KnownRelease => ({
  number,
  program: { kind: 'meteor', entry: '', cwd: '', nodePath: '', nodeVersion: '20.18.0', nodeSource: '' },
  source: { kind: 'archive', name: 'shop.tar.gz', bytes: 5_000_000, sha256: '0123456789abcdef' },
  by: 'ann@web1',
  at: '2026-11-24T12:00:01.000Z',
  outcome: { state: 'live', at: '', ...outcome },
  ...rest,
});

test('a row for each release, and under them why some did not stay', () => {
  const all = [
    release(1, {}, { gitCommit: 'abcdef0123456789' }),
    release(2, { state: 'failed', reason: 'its worker 1 exited with code 1' }),
    release(3, { state: 'staged', reason: '' }),
  ];
  const disk = new Map([
    [1, 3_000_000],
    [2, 40_000],
  ]);
  assert.deepEqual(releaseLines(all, 1, disk, terminal), [
    'release  state    made (UTC)           by        from                  disk    sha256           node  commit',
    '      1  current  2026-11-24 12:00:01  ann@web1  shop.tar.gz (4.8 MB)  2.9 MB  0123456789ab  20.18.0  abcdef0123',
    '      2  failed   2026-11-24 12:00:01  ann@web1  shop.tar.gz (4.8 MB)  39 KB   0123456789ab  20.18.0  -',
    '      3  staged   2026-11-24 12:00:01  ann@web1  shop.tar.gz (4.8 MB)  -       0123456789ab  20.18.0  -',
    '',
    'together 2.9 MB on disk; what releases share counts once',
    '',
    'release 2 failed: its worker 1 exited with code 1',
  ]);
  assert.deepEqual(releaseLines([], undefined, disk, terminal), ['there is no release']);
});

test('what scripts read holds no settings', () => {
  const view = publicView(release(1, {}, { settings: '{"secret":"s3cret"}' }), 1, new Map([[1, 4096]]));
  assert.equal(view.current, true);
  assert.equal(view.diskBytes, 4096);
  assert.equal(view.nodeVersion, '20.18.0');
  assert.doesNotMatch(JSON.stringify(view), /s3cret/);
});
