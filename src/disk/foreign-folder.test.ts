import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, link, lstat, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { copyFolder } from '../bundle/copy/copy.ts';
import { readTree } from '../bundle/copy/tree.ts';
import { openFor } from './foreign-folder.ts';
import { runCommand } from '../node/command.ts';
import { removeRelease } from '../releases/remove.ts';
import { full } from '../../test/support/full-size.ts';

/** What is missing in CI is a failure. */
const skip = process.getuid?.() === 0 || process.env.CI ? false : 'it needs root, and another user';
const account = { uid: 65_534, gid: 65_534 };
/** How often a race is run. */
const times = full ? 300 : 5;

/** A folder of an account, and one of root with a secret that this account must not get at. */
async function world(): Promise<{ folder: string; own: string; secret: string }> {
  const folder = temporaryFolder('rad-foreign-');
  await chmod(folder, 0o755);
  const [own, secret] = [join(folder, 'own'), join(folder, 'secret')];
  for (const each of [own, secret]) await mkdir(each);
  await writeFile(join(secret, 'file'), 'a secret', { mode: 0o600 });
  await writeFile(join(secret, 'open'), 'in a closed folder', { mode: 0o644 });
  await chmod(secret, 0o700);
  await chown(own, account.uid, account.gid);
  return { folder, own, secret };
}

test('root opens for an account what that could open itself, below its folder', { skip }, async () => {
  const { own, secret } = await world();
  const at = (name: string): string => join(own, name);
  await writeFile(at('good'), 'good');
  await symlink(join(own, 'good'), at('inner link'));
  await symlink(join(secret, 'file'), at('link'));
  await symlink(join(secret, 'open'), at('link into a closed folder'));
  await symlink(secret, at('folder'));
  await link(join(secret, 'file'), at('hard link'));
  await runCommand('mkfifo', [at('pipe')]);
  const opened: string[] = [];
  for (const name of [...(await readdir(own)), 'folder/open', 'nothing']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const file = await openFor(account, own, at(name));
    if (file !== undefined) opened.push(name);
    // oxlint-disable-next-line no-await-in-loop
    await file?.close();
  }
  assert.deepEqual(opened.toSorted(), ['good', 'inner link']);
});

/** Has an account make a folder a link to another one and back, as fast as it can. */
async function flipping(path: string, to: string, work: () => Promise<void>): Promise<void> {
  const script =
    'while :; do mv "$0" "$0.real"; ln -s "$1" "$0"; rm "$0"; mv "$0.real" "$0"; done 2>/dev/null';
  const child = spawn('/bin/sh', ['-c', `echo; ${script}`, path, to], {
    ...account,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const closed = once(child, 'close');
  try {
    await once(child.stdout, 'data');
    await work();
  } finally {
    child.kill('SIGKILL');
    await closed;
  }
}

const asAccount = (script: string, cwd: string): Promise<unknown> =>
  runCommand('/bin/sh', ['-c', script], { cwd, as: account });

const copied = async (from: string, into: string): Promise<unknown> =>
  copyFolder(from, readTree(from, false), { into, owner: account, kept: [] });

test('a bundle is copied by those who may read and write it', { skip }, async () => {
  const { folder, own, secret } = await world();
  await asAccount(
    'mkdir deep; for i in 1 2 3 4 5 6 7 8 9; do echo mine > deep/file$i; done; echo mine > deep/file',
    own,
  );
  await flipping(join(own, 'deep'), secret, async () => {
    for (let i = 0; i < times; i += 1) {
      const copy = join(folder, `copy${i}`);
      // oxlint-disable-next-line no-await-in-loop -- one copy after the other
      await copied(own, copy).catch(() => {}); // what vanishes is missed
      // oxlint-disable-next-line no-await-in-loop
      const { stdout } = await runCommand('grep', ['-rL', 'mine', copy]); // it follows no links
      assert.equal(stdout, '');
    }
  });
  const copy = join(folder, 'copy');
  await asAccount('rm -rf deep deep.real; mkdir deep; echo mine > deep/file', own);
  await copied(own, copy);
  const names = await readdir(copy, { recursive: true });
  const owners = await Promise.all(names.map(async (name) => (await lstat(join(copy, name))).uid));
  assert.deepEqual([...new Set(owners)], [account.uid]);
});

test('removing a release removes nothing else', { skip }, async () => {
  const { folder, secret } = await world();
  const before = await readdir(secret);
  for (let i = 0; i < times; i += 1) {
    const release = join(folder, 'releases', String(i));
    const app = join(release, 'app');
    // oxlint-disable no-await-in-loop -- one after the other
    await mkdir(join(app, 'bundle'), { recursive: true });
    await writeFile(join(release, 'release.json'), '{}');
    await chown(join(app, 'bundle'), account.uid, account.gid);
    await asAccount(
      'mkdir deep; for i in 1 2 3 4 5 6 7 8 9; do echo > deep/file$i; done',
      join(app, 'bundle'),
    );
    await flipping(join(app, 'bundle', 'deep'), secret, () => removeRelease(release).catch(() => {}));
    await removeRelease(release);
    assert.deepEqual(await readdir(join(folder, 'releases')), []);
    assert.deepEqual(await readdir(secret), before);
    // oxlint-enable no-await-in-loop
  }
});
