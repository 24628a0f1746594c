import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { RadiantError } from '../common/errors.ts';
import { withDeployLock } from './deploy-lock.ts';

async function stateFolder(t: TestContext): Promise<string> {
  const state = await mkdtemp(join(tmpdir(), 'radiant-deploy-lock-'));
  t.after(() => rm(state, { recursive: true }));
  return state;
}

test('the second deploy is told who deploys what, and leaves the lock alone', async (t) => {
  const state = await stateFolder(t);
  const over = Promise.withResolvers<void>();
  const first = withDeployLock({ state }, 'shop.tar.gz', () => over.promise);
  const second = async () => withDeployLock({ state }, 'other', async () => assert.fail('both deploy'));
  while ((await readdir(state)).join() !== 'deploy.lock') await new Promise((next) => setImmediate(next));
  const who = `${userInfo().username}@${hostname()} (pid ${process.pid})`;
  for (let i = 0; i < 2; i += 1) {
    await assert.rejects(second, (error: RadiantError) => {
      assert.equal(error.code, 'DEPLOY_LOCKED');
      assert.ok(error.message.startsWith(`${who} has been deploying shop.tar.gz since 20`), error.message);
      return true;
    });
  }
  over.resolve();
  await first;
  assert.deepEqual(await readdir(state), []);
});

test('of many that find the lock of a dead holder, or of one whose pid is used again, one gets it', async (t) => {
  const state = await stateFolder(t);
  const child = spawn('true');
  await once(child, 'exit');
  const host = hostname();
  for (const holder of [
    { pid: child.pid, host, start: '' },
    { pid: process.pid, host, start: '1' },
  ]) {
    await writeFile(join(state, 'deploy.lock'), JSON.stringify(holder));
    const over = Promise.withResolvers<void>();
    let inside = 0;
    const work = async () => {
      inside += 1;
      await over.promise;
    };
    let refused = 0;
    const all = Array.from({ length: 8 }, () =>
      withDeployLock({ state }, 'shop', work).catch((error: RadiantError) => {
        assert.equal(error.code, 'DEPLOY_LOCKED');
        refused += 1;
        if (refused === 7) over.resolve();
      }),
    );
    await Promise.all(all);
    assert.deepEqual([inside, refused], [1, 7]);
    assert.deepEqual(await readdir(state), []);
  }
});
