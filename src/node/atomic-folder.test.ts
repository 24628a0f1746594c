import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeFolderOnce } from './atomic-folder.ts';

async function place(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'radiant-atomic-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test('a folder appears filled, readable for everyone, and is not made again', async (t) => {
  const root = await place(t);
  const target = join(root, 'deep', 'target');
  await makeFolderOnce(target, (temp) => writeFile(join(temp, 'file'), 'first'));
  await makeFolderOnce(target, () => assert.fail('filled twice'));
  assert.equal(await readFile(join(target, 'file'), 'utf8'), 'first');
  assert.equal((await stat(target)).mode & 0o777, 0o755);
});

test('a failure leaves nothing behind', async (t) => {
  const root = await place(t);
  const failing = makeFolderOnce(join(root, 'target'), async (temp) => {
    await writeFile(join(temp, 'half'), '');
    throw new Error('half way');
  });
  await assert.rejects(failing, /half way/);
  assert.deepEqual(await readdir(root), []);
});

test('two at once both succeed, and one of them wins', async (t) => {
  const root = await place(t);
  const target = join(root, 'target');
  const bothInside = Promise.withResolvers<void>();
  let inside = 0;
  const fill = async (temp: string) => {
    await writeFile(join(temp, 'file'), 'whole');
    if (++inside === 2) bothInside.resolve();
    await bothInside.promise;
  };
  await Promise.all([makeFolderOnce(target, fill), makeFolderOnce(target, fill)]);
  assert.deepEqual(await readdir(root), ['target']);
  assert.equal(await readFile(join(target, 'file'), 'utf8'), 'whole');
});

test('what a killed process left behind is swept after a day, and nothing of one that lives', async (t) => {
  const root = await place(t);
  await mkdir(join(root, '.tmp-old'));
  await mkdir(join(root, '.tmp-new'));
  const mine = `.tmp-${process.pid}-x`;
  await mkdir(join(root, mine));
  for (const old of ['.tmp-old', mine]) await utimes(join(root, old), 0, 0);
  await makeFolderOnce(join(root, 'target'), async () => {});
  assert.deepEqual((await readdir(root)).sort(), [mine, '.tmp-new', 'target']);
});
