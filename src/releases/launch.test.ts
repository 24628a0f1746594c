import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { create } from 'tar';
import { storedConfig } from '../config/reading/stored.ts';
import type { Config } from '../config/types.ts';
import { runFolderAt } from '../disk/run-folder.ts';
import { prepareLaunch } from './launch.ts';
import { pointCurrent } from './store.ts';

const base = storedConfig({ app: '', name: 'shop', listen: [], port: 3000, workers: 1, env: {} });

async function place(t: TestContext) {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'radiant-prepare-')));
  t.after(() => rm(root, { recursive: true }));
  const steps: string[] = [];
  const prepare = (app: string, config: Partial<Config> = {}, env = process.env) => {
    const homes = { state: join(root, 'state'), run: join(root, 'run'), cache: join(root, 'cache') };
    const progress = { step: (text: string) => void steps.push(text), transfer() {} };
    return prepareLaunch({ ...base, ...config, app: join(root, app) }, homes, progress, env);
  };
  return { root, steps, prepare };
}

async function writeBundle(folder: string, star: object): Promise<void> {
  const server = join(folder, 'programs', 'server');
  await mkdir(join(server, 'dep'), { recursive: true });
  await writeFile(join(folder, 'main.js'), '');
  await writeFile(join(folder, 'star.json'), JSON.stringify(star));
  await writeFile(join(server, 'dep', 'package.json'), '{"name":"dep","version":"1.0.0"}');
  await writeFile(
    join(server, 'package.json'),
    '{"name":"server","version":"1.0.0","dependencies":{"dep":"file:dep"}}',
  );
}

test('an archive becomes a program: unpacked, its npm fetched, installed', async (t) => {
  const { root, steps, prepare } = await place(t);
  await writeBundle(join(root, 'bundle'), { nodeVersion: process.versions.node, npmVersion: '10.9.2' });
  await create({ file: join(root, 'app.tar.gz'), cwd: root, gzip: true }, ['bundle']);
  await writeFile(join(root, 'settings.json'), '{"public":{}}');
  const launch = await prepare('app.tar.gz', { settings: join(root, 'settings.json') });
  const { program } = launch.release;
  assert.equal(launch.release.settings, '{"public":{}}');
  assert.equal(program.cwd, join(root, 'state', 'shop', 'releases', '1', 'app', 'bundle'));
  assert.deepEqual(program, {
    kind: 'meteor',
    entry: join(program.cwd, 'main.js'),
    cwd: program.cwd,
    nodePath: process.execPath,
    nodeVersion: process.versions.node,
    nodeSource: 'the Node that runs Radiant',
  });
  assert.ok((await readdir(join(program.cwd, 'programs/server/node_modules'))).includes('dep'));
  assert.match(steps.join('\n'), /with npm 10\.9\.2/);
  steps.length = 0;
  const again = await prepare('app.tar.gz', { settings: join(root, 'settings.json') });
  assert.deepEqual(again.release, launch.release);
  assert.ok(!steps.some((step) => /^(?:Unpacking|Installing)/.test(step)));
  const other = await prepare('app.tar.gz');
  assert.equal(other.release.number, 2);
});

test('a bundle that names no Node says how to name one', async (t) => {
  const { root, prepare } = await place(t);
  await writeBundle(join(root, 'app'), {});
  await assert.rejects(prepare('app'), { code: 'NODE_VERSION', remedy: /--node VERSION/ });
  assert.deepEqual(await readdir(join(root, 'state', 'shop', 'releases')), []);
  await mkdir(join(root, 'app', 'programs', 'server', 'node_modules'));
  const { program } = (await prepare('app', { node: process.execPath })).release;
  assert.equal(program.nodeSource, 'given by its path');
});

test('a script runs on the Node of the system, in its own folder, with settings of the environment', async (t) => {
  const { root, prepare } = await place(t);
  await writeFile(join(root, 'server.js'), '');
  const env = { METEOR_SETTINGS: '{"a":1}' };
  const launch = await prepare('server.js', {}, env);
  assert.equal(launch.release.settings, '{"a":1}');
  assert.equal(launch.release.program.kind, 'node');
  assert.equal(launch.release.program.cwd, root);
  assert.equal(launch.release.program.nodePath, process.execPath);
});

test('TypeScript on a Node that does not run it is an error', async (t) => {
  const { root, prepare } = await place(t);
  await writeFile(join(root, 'server.ts'), '');
  await writeFile(join(root, 'node'), '#!/bin/sh\necho v20.18.0\n', { mode: 0o755 });
  await assert.rejects(
    prepare('server.ts', { node: join(root, 'node') }),
    /20\.18\.0 does not run TypeScript/,
  );
});

test('broken settings are told before anything is fetched or installed', async (t) => {
  const { root, steps, prepare } = await place(t);
  await writeBundle(join(root, 'app'), { nodeVersion: '1.2.3' });
  await writeFile(join(root, 'settings.json'), '{');
  await assert.rejects(prepare('app', { settings: join(root, 'settings.json') }), { code: 'SETTINGS' });
  assert.deepEqual(steps, []);
});

test('a start means the release that served last, unless there is something new at the path', async (t) => {
  const { root, steps, prepare } = await place(t);
  const run = runFolderAt(join(root, 'run', 'shop'), join(root, 'state', 'shop'));
  const start = async (app: string, settings = '{"a":1}') => {
    const { release, started } = await prepare(app, {}, { METEOR_SETTINGS: settings });
    pointCurrent(run, release.number);
    await writeFile(run.started, JSON.stringify(started));
    return release;
  };
  await writeFile(join(root, 'one.js'), '1');
  assert.equal((await start('one.js')).number, 1);
  // What a deploy and a rollback leave.
  await writeFile(join(root, 'two.js'), '2');
  assert.equal((await prepare('two.js', {}, { METEOR_SETTINGS: '{"a":1}' })).release.number, 2);
  pointCurrent(run, 2);
  const again = await start('one.js');
  assert.deepEqual([again.number, again.source.name], [2, 'two.js']);
  assert.match(steps.join('\n'), /Release 2 \(two\.js\) is started: it served last/);
  pointCurrent(run, 1);
  assert.equal((await start('one.js')).number, 1);
  pointCurrent(run, 2);
  const newSettings = await start('one.js', '{"a":2}');
  assert.deepEqual([newSettings.number, newSettings.filesOf, newSettings.settings], [3, 2, '{"a":2}']);
  await writeFile(join(root, 'one.js'), '1, better');
  assert.deepEqual((await start('one.js', '{"a":2}')).source.name, 'one.js');
});
