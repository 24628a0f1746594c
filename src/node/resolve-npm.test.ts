import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { RadiantError } from '../common/errors.ts';
import { fakeRegistry, type FakeRegistry } from '../../test/support/fake-registry.ts';
import { npmFits, npmForNode, resolveNpm } from './resolve-npm.ts';

const node = (version: string) => ({ path: process.execPath, version });

async function fill(folder: string): Promise<void> {
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', 'npm-cli.js'), '');
}

function registryWith(t: TestContext, ...versions: string[]): Promise<FakeRegistry> {
  return fakeRegistry(t, 'npm', Object.fromEntries(versions.map((version) => [version, fill])));
}

test('each Node has an npm that starts on it', () => {
  const table = ['12.22.0', '14.21.3', '16.20.2', '18.20.8', '20.18.0', '24.1.0', '26.0.0'];
  assert.deepEqual(table.map(npmForNode), ['6', '6', '8', '10', '10', '10', '10']);
  for (const version of table) assert.ok(npmFits(npmForNode(version), version), version);
});

test('npm 11 does not fit Node 14, npm 6 fits everywhere', () => {
  assert.equal(npmFits('11.4.0', '14.21.3'), false);
  assert.equal(npmFits('10.8.2', '18.16.0'), false);
  assert.equal(npmFits('10.8.2', '18.17.0'), true);
  assert.equal(npmFits('6.14.18', '24.0.0'), true);
  assert.equal(npmFits('12.0.0', '14.0.0'), false);
});

test('the npm that the bundle names is fetched once', async (t) => {
  const fake = await registryWith(t, '10.8.2', '10.9.0');
  const first = await resolveNpm('10.8.2', node('20.18.0'), fake.context);
  assert.deepEqual(first, {
    cli: join(fake.context.homes.cache, 'npm', '10.8.2', 'bin', 'npm-cli.js'),
    version: '10.8.2',
  });
  fake.requests.length = 0;
  assert.deepEqual(await resolveNpm('10.8.2', node('20.18.0'), fake.context), first);
  assert.deepEqual(fake.requests, []);
});

test('an npm that does not start on the Node gives way to one that does', async (t) => {
  const fake = await registryWith(t, '6.14.18', '11.4.0');
  assert.equal((await resolveNpm('11.4.0', node('14.21.3'), fake.context)).version, '6.14.18');
  assert.match(fake.steps.join('\n'), /npm 11\.4\.0 does not start on Node 14\.21\.3; taking npm 6/);
});

test('without a name, the newest of the fitting major', async (t) => {
  const fake = await registryWith(t, '10.8.2', '10.9.0', '11.4.0');
  assert.equal((await resolveNpm(undefined, node('24.0.0'), fake.context)).version, '10.9.0');
});

test('without network a fitting npm of the cache is taken, else the error says what to do', async (t) => {
  const fake = await registryWith(t, '10.8.2');
  const at = { path: join(fake.folder, 'bin', 'node'), version: '20.18.0' };
  await resolveNpm('10.8.2', node('20.18.0'), fake.context);
  await fake.close();
  assert.equal((await resolveNpm('10.9.0', at, fake.context)).version, '10.8.2');
  await assert.rejects(
    resolveNpm('6.14.18', { ...at, version: '14.21.3' }, fake.context),
    (error: RadiantError) => {
      assert.equal(error.code, 'INSTALL');
      assert.match(error.message, /npm 6\.14\.18 could not be fetched/);
      return true;
    },
  );
});
