import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { copyFolder } from './copy.ts';
import { contentOfTree, readTree } from './tree.ts';

const contentOfFolder = (folder: string) => contentOfTree(readTree(folder, true));

async function folderOf(t: TestContext): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'radiant-copy-')));
  t.after(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'app', 'bin'), { recursive: true });
  await writeFile(join(root, 'app', 'main.js'), 'main');
  await writeFile(join(root, 'app', 'bin', 'tool'), 'tool');
  await symlink('../main.js', join(root, 'app', 'bin', 'link'));
  return join(root, 'app');
}

test('a copy has the same content, links included', async (t) => {
  const folder = await folderOf(t);
  const copy = join(folder, '..', 'copy');
  await copyFolder(folder, readTree(folder, true), { into: copy, owner: undefined, kept: [] });
  assert.deepEqual(contentOfFolder(copy), contentOfFolder(folder));
  assert.equal(await readlink(join(copy, 'bin', 'link')), '../main.js');
  assert.equal(await readFile(join(copy, 'bin', 'link'), 'utf8'), 'main');
});

test('every kind of change is another content', async (t) => {
  const folder = await folderOf(t);
  const seen = new Set([contentOfFolder(folder).sha256]);
  const changes = [
    () => writeFile(join(folder, 'main.js'), 'other'),
    () => chmod(join(folder, 'bin', 'tool'), 0o755),
    () => mkdir(join(folder, 'empty')),
    () => writeFile(join(folder, 'more'), ''),
    () => symlink('main.js', join(folder, 'another')),
  ];
  for (const [i, change] of changes.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- one change after the other
    await change();
    seen.add(contentOfFolder(folder).sha256);
    assert.equal(seen.size, i + 2);
  }
});

test('links that lead out, or from the root, and pipes are refused', async (t) => {
  const folder = await folderOf(t);
  const bad = join(folder, 'bad');
  await symlink('../..', bad);
  assert.throws(() => contentOfFolder(folder), { code: 'APP_NOT_FOUND', message: /bad is a link out/ });
  await rm(bad);
  await symlink(join(folder, 'main.js'), bad);
  assert.throws(() => contentOfFolder(folder), /bad is a link out/);
  await rm(bad);
  execFileSync('mkfifo', [bad]);
  assert.throws(() => contentOfFolder(folder), /neither a file nor a folder/);
});
