import assert from 'node:assert/strict';
import { chmod, readdir, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { RadiantError } from '../common/errors.ts';
import { runCommand } from './command.ts';
import { fakeNode, fakeRegistry, type FakeRegistry } from '../../test/support/fake-registry.ts';
import { resolveNode } from './resolve-node.ts';

const name = `node-${process.platform}-${process.arch}`;

function registryWith(t: TestContext, ...versions: string[]): Promise<FakeRegistry> {
  const packages = versions.map((version) => {
    return [version, (folder: string) => fakeNode(join(folder, 'bin', 'node'), version)] as const;
  });
  return fakeRegistry(t, name, Object.fromEntries(packages));
}

test('a version is fetched into the cache once, with its progress, and found there the next time', async (t) => {
  const fake = await registryWith(t, '4.1.0', '4.2.0');
  const first = await resolveNode('4.1.0', fake.context);
  assert.deepEqual(first, {
    path: join(fake.context.homes.cache, 'node', '4.1.0', 'bin', 'node'),
    version: '4.1.0',
    source: 'fetched from the npm registry',
  });
  assert.match(fake.transfers.at(-1) ?? '', /^node-.*@4\.1\.0 (\d+)\/\1$/);
  fake.requests.length = 0;
  assert.equal((await resolveNode('4.1', fake.context)).source, "in Radiant's cache");
  assert.deepEqual(fake.requests, []);
  assert.deepEqual(await readdir(fake.context.homes.cache), ['node']);
});

test('two processes that fetch the same version at once both have it', async (t) => {
  const fake = await registryWith(t, '4.1.0');
  const both = await Promise.all([resolveNode('4.1.0', fake.context), resolveNode('4', fake.context)]);
  assert.equal(both[0].path, both[1].path);
  assert.deepEqual(await readdir(join(fake.context.homes.cache, 'node')), ['4.1.0']);
});

test('a version that is not published falls back, and says so', async (t) => {
  const fake = await registryWith(t, '4.1.0', '4.1.2', '4.3.0');
  const minor = await resolveNode('4.1.9', fake.context);
  assert.equal(minor.version, '4.1.2');
  assert.equal(minor.source, 'fetched from the npm registry, in place of 4.1.9, which is not published');
  assert.match(
    fake.steps.join('\n'),
    /4\.1\.9 is not published; taking 4\.1\.2, the newest of the same minor/,
  );
  assert.equal((await resolveNode('4.9.9', fake.context)).version, '4.3.0');
});

test('where our own download is refused, npm fetches it with its credentials', async (t) => {
  const fake = await registryWith(t, '4.1.0');
  fake.mode = 'refuse direct';
  assert.equal((await resolveNode('4.1.0', fake.context)).version, '4.1.0');
  assert.ok(fake.steps.some((step) => step.endsWith('with npm')));
});

test('a download that fails its integrity check is not used, and nothing of it is left', async (t) => {
  const fake = await registryWith(t, '4.1.0');
  fake.mode = 'corrupt';
  await assert.rejects(resolveNode('4.1.0', fake.context), (error: RadiantError) => {
    assert.equal(error.code, 'NODE_VERSION');
    assert.match(error.message, /integrity check failed/);
    return true;
  });
  assert.deepEqual(await readdir(join(fake.context.homes.cache, 'node')), []);
});

test('without network a version of the same minor or major on the machine is taken', async (t) => {
  const fake = await registryWith(t, '4.1.0');
  await fake.close();
  await fakeNode(join(fake.folder, 'user/.nvm/versions/node/v4.2.0/bin/node'), '4.2.0');
  const found = await resolveNode('4.1.0', fake.context);
  assert.equal(found.version, '4.2.0');
  assert.equal(found.source, 'found by nvm, in place of 4.1.0, which could not be fetched');
  assert.match(fake.steps.join('\n'), /Node 4\.1\.0 cannot be fetched \(.*ECONNREFUSED.*\); taking 4\.2\.0/);
});

test('when nothing is to be had, the error says what was tried and what to do', async (t) => {
  const fake = await registryWith(t, '4.1.0');
  await assert.rejects(resolveNode('3.0.0', fake.context), (error: RadiantError) => {
    assert.equal(error.code, 'NODE_VERSION');
    assert.match(error.message, /Node 3\.0\.0 is not on this machine .*\.nvm.*no node-.* of version 3/);
    assert.match(error.remedy, /--node VERSION/);
    return true;
  });
});

test('a binary that does not run is passed over', async (t) => {
  const fake = await registryWith(t, '4.1.0');
  const broken = join(fake.folder, 'user/.nvm/versions/node/v4.1.0/bin/node');
  await fakeNode(broken, '4.1.0');
  await chmod(broken, 0o644);
  await fakeNode(join(fake.folder, 'n/n/versions/node/4.1.0/bin/node'), '4.1.0');
  assert.equal((await resolveNode('4.1.0', fake.context)).source, 'found by n');
});

test('system is the first node on PATH, and a path is taken as it is', async (t) => {
  const fake = await registryWith(t);
  const bin = join(fake.folder, 'bin');
  await fakeNode(join(bin, 'node'), '5.5.5');
  const context = { ...fake.context, env: { ...fake.context.env, PATH: bin } };
  const system = { path: join(bin, 'node'), version: '5.5.5', source: 'found on PATH' };
  assert.deepEqual(await resolveNode('system', context), system);
  assert.equal((await resolveNode(join(bin, 'node'), context)).source, 'given by its path');
  await rm(bin, { recursive: true });
  assert.equal((await resolveNode('system', context)).path, '/nowhere/node');
});

test('behind the shim of a version manager is the Node that it picks', async (t) => {
  const fake = await registryWith(t);
  const [picked, shim] = [join(fake.folder, 'picked'), join(fake.folder, 'bin', 'node')];
  await fakeNode(picked, '5.5.5');
  await fakeNode(shim, '5.5.5');
  await writeFile(shim, `#!/bin/sh\n[ "$1" = -p ] && echo '${picked}' || exec '${picked}' "$@"\nexit\n`);
  const context = { ...fake.context, env: { ...fake.context.env, PATH: join(fake.folder, 'bin') } };
  assert.equal((await resolveNode('system', context)).path, picked);
  await truncate(shim, 90_000_000); // no shim is as large as Node: it is taken as it is, and not asked
  assert.equal((await resolveNode('system', context)).path, shim);
  await rename(shim, join(fake.folder, 'manager'));
  await symlink(join(fake.folder, 'manager'), shim); // but a version manager may be
  assert.equal((await resolveNode('system', context)).path, picked);
});

test('what is neither a version nor a Node binary is an error', async (t) => {
  const fake = await registryWith(t);
  const rejects = (wanted: string, message: RegExp) =>
    assert.rejects(resolveNode(wanted, fake.context), (error: RadiantError) => {
      assert.equal(error.code, 'NODE_VERSION');
      assert.match(error.message, message);
      return true;
    });
  await rejects('lts/*x', /does not exist/);
  await rejects('^20', /"\^20" is no Node version/);
  await rejects('/etc/hosts', /does not run/);
});

test(
  'a real Node is fetched from the npm registry: 14.21.4 gives 14.21.3',
  { timeout: 300_000 },
  async (t) => {
    const fake = await registryWith(t);
    const found = await resolveNode('14.21.4', { ...fake.context, env: process.env });
    assert.equal(found.version, '14.21.3');
    const { stdout } = await runCommand(found.path, ['-p', '1+1']);
    assert.equal(stdout.trim(), '2');
    assert.ok((await stat(join(found.path, '../../include/node/node.h'))).isFile());
  },
);
