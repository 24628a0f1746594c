import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runFolderAt, type RunFolder } from '../disk/run-folder.ts';
import { writeStateFile } from '../disk/state-file.ts';
import { pruneReleases } from './prune.ts';
import {
  currentRelease,
  listReleases,
  newestRelease,
  pointCurrent,
  readRelease,
  reserveNumber,
  writeOutcome,
} from './store.ts';
import type { Release } from '../running/release.ts';

async function state(t: TestContext): Promise<RunFolder> {
  const root = await mkdtemp(join(tmpdir(), 'radiant-store-'));
  t.after(() => rm(root, { recursive: true }));
  return runFolderAt(join(root, 'run'), join(root, 'state'));
}

async function add(run: RunFolder, rest: Partial<Release> = {}): Promise<number> {
  const number = await reserveNumber(run);
  const release = {
    number,
    at: '2026-01-01T00:00:00.000Z',
    program: { kind: 'node' },
    source: '/srv',
    ...rest,
  };
  await writeStateFile(join(run.releases, String(number), 'release.json'), JSON.stringify(release));
  return number;
}

const numbersOf = async (run: RunFolder): Promise<number[]> =>
  (await readdir(run.releases)).map(Number).toSorted((a, b) => a - b);

test('a number is given once, also to many at once and after its folder was removed', async (t) => {
  const run = await state(t);
  const numbers = await Promise.all(Array.from({ length: 5 }, () => add(run)));
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5],
  );
  await rm(join(run.releases, '5'), { recursive: true });
  assert.equal(await add(run), 6);
});

test('the current release is a link that is replaced', async (t) => {
  const run = await state(t);
  assert.equal(currentRelease(run), undefined);
  for (const number of [await add(run), await add(run)]) {
    pointCurrent(run, number);
    assert.equal(currentRelease(run), number);
  }
});

test('what is there is listed with what became of it; what was cut off is not', async (t) => {
  const run = await state(t);
  const [one, two] = [await add(run), await add(run)];
  await writeOutcome(run.releases, two, { state: 'failed', reason: 'no luck', at: '' });
  await mkdir(join(run.releases, '3'));
  const all = await listReleases(run.releases);
  assert.deepEqual(
    all.map(({ number, outcome }) => [number, outcome.state]),
    [
      [one, 'staged'],
      [two, 'failed'],
    ],
  );
  assert.equal((await newestRelease(run.releases))?.number, one);
  assert.equal((await stat(join(run.releases, '1', 'release.json'))).mode & 0o777, 0o600);
});

test('a release that is not there, and one that is broken', async (t) => {
  const run = await state(t);
  await add(run);
  await assert.rejects(readRelease(run.releases, 7), { code: 'RELEASE_NOT_FOUND' });
  await writeFile(join(run.releases, '1', 'release.json'), '{');
  await assert.rejects(readRelease(run.releases, 1), { code: 'STATE' });
});

test('the newest are kept, those in use, and those whose files are in use', async (t) => {
  const run = await state(t);
  for (let i = 1; i <= 6; i += 1) await add(run);
  await add(run, { filesOf: 2 });
  await mkdir(join(run.releases, '8')); // another deploy stages it
  await pruneReleases(run, 2, [4]);
  assert.deepEqual(await numbersOf(run), [2, 4, 6, 7, 8]);
});
