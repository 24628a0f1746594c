import assert from 'node:assert/strict';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ownerAccount, workerAccount } from './account.ts';

const asRoot = { skip: !process.env.CI && process.getuid?.() !== 0 };

test('without a configured user there is no account', async () => {
  assert.equal(await workerAccount({}), undefined);
});

test('a user is found by name and by number, with a group of its own or another', asRoot, async () => {
  const daemon = await workerAccount({ user: 'daemon' });
  assert.deepEqual(daemon, { name: 'daemon', uid: 1, gid: 1, home: '/usr/sbin' });
  assert.deepEqual(await workerAccount({ user: '1' }), daemon);
  assert.equal((await workerAccount({ user: 'daemon', group: 'sys' }))?.gid, 3);
});

test('an unknown user or group is an error of the configuration', asRoot, async () => {
  await assert.rejects(workerAccount({ user: 'no-such-user' }), /no user "no-such-user"/);
  await assert.rejects(workerAccount({ user: 'daemon', group: 'no-such-group' }), /no group "no-such-group"/);
});

test('the owner of a folder counts when it is not root', asRoot, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'radiant-account-'));
  t.after(() => rm(folder, { recursive: true }));
  assert.equal(await ownerAccount(folder), undefined);
  await chown(folder, 1, 1);
  assert.equal((await ownerAccount(folder))?.name, 'daemon');
  await chown(folder, 54321, 54321);
  assert.deepEqual(await ownerAccount(folder), { uid: 54321, gid: 54321, name: '54321', home: '/' });
});
