import assert from 'node:assert/strict';
import { chown, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { RadiantError } from '../../common/errors.ts';
import { runCommand } from '../../node/command.ts';
import { machineNpm } from '../../node/npm.ts';
import { workerAccount } from '../account/account.ts';
import { install, type InstallOptions } from './install.ts';

interface Place extends InstallOptions {
  root: string;
  steps: string[];
}

/** The real npm of this machine, as a file for Node. */
async function realNpm(root: string) {
  const homes = { state: root, run: root, cache: root };
  const npm = await machineNpm(process.env, homes);
  const { stdout } = await runCommand(npm.command, [...npm.args, '--version'], { cwd: root, env: npm.env });
  const bin = await runCommand('readlink', ['-f', npm.args[0] ?? npm.command]);
  return { cli: bin.stdout.trim(), version: stdout.trim() };
}

/** A server that depends on one package from its own folder, and counts its installs in a file. */
async function place(
  t: TestContext,
  script = 'echo run >> count; echo "$TOKEN" > token; id -u > user',
): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'radiant-install-'));
  t.after(() => rm(root, { recursive: true }));
  const folder = join(root, 'programs', 'server');
  await mkdir(join(folder, 'dep'), { recursive: true });
  await writeFile(join(folder, 'dep', 'package.json'), '{"name":"dep","version":"1.0.0"}');
  const content = {
    name: 's',
    version: '1.0.0',
    dependencies: { dep: 'file:dep' },
    scripts: { install: script },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(content));
  const steps: string[] = [];
  const homes = { state: join(root, 'state'), run: join(root, 'run'), cache: join(root, 'cache') };
  const progress = { step: (text: string) => void steps.push(text), transfer() {} };
  const npm = await realNpm(root);
  const env = { ...process.env, TOKEN: 'visible', MONGO_URL: 'hidden' };
  const nodePath = process.execPath;
  const log = join(root, 'log', 'install.log');
  return {
    root,
    steps,
    folder,
    log,
    homes,
    progress,
    env,
    nodePath,
    account: undefined,
    npm: async () => npm,
  };
}

const count = async ({ folder }: Place) =>
  (await readFile(join(folder, 'count'), 'utf8')).split('\n').length - 1;

test('packages are installed once, also by two starts at once', async (t) => {
  const here = await place(t);
  await Promise.all([install(here), install(here)]);
  await install(here);
  assert.equal(await count(here), 1);
  assert.ok(await stat(join(here.folder, 'node_modules', 'dep', 'package.json')));
  assert.match(here.steps.join('\n'), /Installing the npm packages.*\n[^]*Installed in/);
  assert.deepEqual(await readdir(join(here.homes.state, 'installs')), []);
});

test('an interrupted install is done again', async (t) => {
  const here = await place(t);
  await install(here);
  await install({ ...here, folder: here.folder, npm: () => assert.fail('not needed') });
  await rm(join(here.folder, 'node_modules'), { recursive: true });
  const broken = { ...here, npm: async () => ({ cli: '/nowhere/npm-cli.js', version: '10.0.0' }) };
  await assert.rejects(install(broken));
  await mkdir(join(here.folder, 'node_modules'));
  await writeFile(join(here.folder, 'node_modules', 'half'), '');
  await install(here);
  assert.deepEqual(
    (await readdir(join(here.folder, 'node_modules'))).filter((name) => !name.startsWith('.')),
    ['dep'],
  );
  assert.match(here.steps.join('\n'), /did not finish; doing it again/);
});

test('a failure shows the last lines of npm, and does not look finished', async (t) => {
  const here = await place(t, 'echo the reason >&2; exit 7');
  await assert.rejects(install(here), (error) => {
    assert.ok(error instanceof RadiantError);
    assert.equal(error.code, 'INSTALL');
    assert.match(error.message, /npm install in .*programs\/server failed[^]*the reason/);
    return true;
  });
  assert.equal((await readdir(here.folder)).includes('node_modules'), false);
  assert.match(await readFile(here.log, 'utf8'), /the reason/);
});

test('install scripts do not see the secrets of the app', async (t) => {
  const here = await place(t, 'echo "$TOKEN/$MONGO_URL" > token; node -p process.execPath > node');
  await install(here);
  assert.equal(await readFile(join(here.folder, 'token'), 'utf8'), 'visible/\n');
  assert.equal((await readFile(join(here.folder, 'node'), 'utf8')).trim(), process.execPath);
});

test('install scripts that call npm get the one that installs, not another one of the machine', async (t) => {
  const here = await place(t, 'npm --version > npm');
  const others = join(here.root, 'bin');
  await mkdir(others);
  await writeFile(join(others, 'npm'), '#!/bin/sh\necho another\n', { mode: 0o755 });
  const node = join(here.root, 'node', 'bin', 'node'); // one as it is fetched: without an npm beside it
  await mkdir(dirname(node), { recursive: true });
  await copyFile(process.execPath, node);
  await install({ ...here, nodePath: node, env: { ...here.env, PATH: `${others}:${here.env.PATH}` } });
  const { version } = await here.npm();
  assert.equal((await readFile(join(here.folder, 'npm'), 'utf8')).trim(), version);
});

test('a folder without package.json needs nothing, one without dependencies is done once', async (t) => {
  const here = await place(t);
  await writeFile(join(here.folder, 'package.json'), '{"name":"s","version":"1.0.0"}');
  await install(here);
  await install({ ...here, npm: () => assert.fail('installed twice') });
  await rm(join(here.folder, 'package.json'));
  await rm(join(here.folder, 'node_modules'), { recursive: true });
  await install({ ...here, npm: () => assert.fail('nothing to install') });
});

test(
  'root installs as the user of the workers',
  { skip: !process.env.CI && process.getuid?.() !== 0 },
  async (t) => {
    const here = await place(t);
    const account = await workerAccount({ user: 'daemon' });
    const node = await runCommand('sh', ['-c', 'command -v /usr/bin/node'], {});
    if (node.code !== 0) return t.skip('no /usr/bin/node');
    const npm = await realNpm(here.root);
    const theirs = { ...here, account, nodePath: '/usr/bin/node', npm: async () => npm };
    await rm(here.root, { recursive: true });
    await mkdir(join(here.folder, 'dep'), { recursive: true });
    await runCommand('chmod', ['-R', '755', here.root]);
    await writeFile(join(here.folder, 'dep', 'package.json'), '{"name":"dep","version":"1.0.0"}');
    await writeFile(
      join(here.folder, 'package.json'),
      '{"name":"s","version":"1.0.0","dependencies":{"dep":"file:dep"},"scripts":{"install":"id -u > user"}}',
    );
    await assert.rejects(install(theirs), (error) => {
      assert.ok(error instanceof RadiantError);
      assert.match(error.remedy, /chown -R daemon/);
      return true;
    });
    await runCommand('chown', ['-R', 'daemon', here.folder]);
    await chown(here.folder, 1, 1);
    await install(theirs);
    assert.equal((await readFile(join(here.folder, 'user'), 'utf8')).trim(), '1');
  },
);
