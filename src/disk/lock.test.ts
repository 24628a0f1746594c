import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { withLock } from './lock.ts';
import { Stillness } from '../common/stillness.ts';

async function lockFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'radiant-lock-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'deep', 'lock');
}

test('work under one lock never overlaps, and the lock is gone afterwards', async (t) => {
  const file = await lockFile(t);
  let inside = 0;
  const work = async () => {
    assert.equal(++inside, 1);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(file, work)));
  assert.deepEqual(await readdir(join(file, '..')), []);
});

test('who waits says so once, and goes on when the holder fails', async (t) => {
  const file = await lockFile(t);
  const fail = Promise.withResolvers<void>();
  let told = 0;
  const held = Promise.withResolvers<void>();
  const first = withLock(file, () => {
    held.resolve();
    return fail.promise;
  });
  await held.promise;
  const second = withLock(
    file,
    async () => 'done',
    () => {
      told++;
      fail.reject(new Error('broke'));
    },
  );
  await assert.rejects(first, /broke/);
  assert.equal(await second, 'done');
  assert.equal(told, 1);
});

test('the lock of a dead process is taken over by exactly one', async (t) => {
  const file = await lockFile(t);
  await withLock(file, async () => {});
  const child = spawn('true');
  await once(child, 'exit');
  await writeFile(file, JSON.stringify({ pid: child.pid, host: hostname(), id: 'x' }));
  let inside = 0;
  const work = async () => {
    assert.equal(++inside, 1);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
  };
  await Promise.all([withLock(file, work), withLock(file, work)]);
});

test('a lock of another host counts, whatever its date says', async (t) => {
  const file = await lockFile(t);
  await withLock(file, async () => {});
  await writeFile(file, JSON.stringify({ pid: process.pid, host: 'elsewhere', id: 'x' }));
  await utimes(file, 0, 0);
  const told = Promise.withResolvers<void>();
  const waited = withLock(
    file,
    async () => 'mine',
    () => told.resolve(),
  );
  await told.promise;
  await rm(file);
  assert.equal(await waited, 'mine');
});

test('it is over when nobody has touched it for long enough', () => {
  let now = 0;
  const stillness = new Stillness(() => now);
  const looks: [at: number, state: string, still: number][] = [
    [0, 'a', 0],
    [2_000, 'b', 0],
    [4_000, 'b', 2_000],
    [33_000, 'b', 31_000],
    [34_000, 'a', 0],
  ];
  for (const [at, state, still] of looks) {
    now = at;
    assert.equal(stillness.look(state), still);
  }
});
