import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { RadiantError } from '../../common/errors.ts';
import { locateApp } from './locate.ts';
import { readStar } from './star.ts';

/** A folder with these files; a name that ends in a slash is a folder. */
async function folderWith(t: TestContext, files: Record<string, string>): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'radiant-locate-')));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) await writeFile(path, text);
  }
  return folder;
}

const bundle = { 'main.js': '', 'star.json': '{"nodeVersion":"20.18.0"}', 'programs/server/': '' };

async function rejects(path: string, message: RegExp, remedy = /./): Promise<void> {
  await assert.rejects(locateApp(path), (error) => {
    assert.ok(error instanceof RadiantError);
    assert.equal(error.code, 'APP_NOT_FOUND');
    assert.match(error.message, message);
    assert.match(error.remedy, remedy);
    return true;
  });
}

test('a bundle folder, its main.js and the folder around it are the same app', async (t) => {
  const folder = await folderWith(t, bundle);
  assert.deepEqual(await locateApp(folder), { kind: 'bundle', folder });
  assert.deepEqual(await locateApp(join(folder, 'main.js')), { kind: 'bundle', folder });
  const around = Object.fromEntries(Object.entries(bundle).map(([name, text]) => [`bundle/${name}`, text]));
  const outer = await folderWith(t, around);
  assert.deepEqual(await locateApp(outer), { kind: 'bundle', folder: join(outer, 'bundle') });
});

test('a symbolic link is resolved, so that switching it does not change a running release', async (t) => {
  const folder = await folderWith(t, { 'v1/app.js': '' });
  await symlink('v1', join(folder, 'current'));
  const cwd = join(folder, 'v1');
  assert.deepEqual(await locateApp(join(folder, 'current', 'app.js')), {
    kind: 'node',
    entry: join(cwd, 'app.js'),
    cwd,
  });
});

test('archives and scripts are told by their names', async (t) => {
  const folder = await folderWith(t, { 'a.tar.gz': '', 'b.tgz': '', 'c.mjs': '', 'd.ts': '', 'e.txt': '' });
  assert.deepEqual(await locateApp(join(folder, 'a.tar.gz')), {
    kind: 'archive',
    file: join(folder, 'a.tar.gz'),
  });
  assert.equal((await locateApp(join(folder, 'b.tgz'))).kind, 'archive');
  assert.deepEqual(await locateApp(join(folder, 'c.mjs')), {
    kind: 'node',
    entry: join(folder, 'c.mjs'),
    cwd: folder,
  });
  assert.equal((await locateApp(join(folder, 'd.ts'))).kind, 'node');
  await rejects(join(folder, 'e.txt'), /no file that Radiant can start/, /\.tar\.gz/);
});

test('a program without an ending is told by its first line', async (t) => {
  const folder = await folderWith(t, {
    'bin/www': '#!/usr/bin/env node\nx',
    'bin/run': '#!/bin/sh\n',
    'bin/empty': '',
  });
  const cwd = join(folder, 'bin');
  assert.deepEqual(await locateApp(join(cwd, 'www')), { kind: 'node', entry: join(cwd, 'www'), cwd });
  await rejects(join(cwd, 'run'), /no file that Radiant can start/);
  await rejects(join(cwd, 'empty'), /no file that Radiant can start/);
});

test('a folder that may not be entered is no missing app', async (t) => {
  const folder = await folderWith(t, { 'closed/app.js': '' });
  await chmod(join(folder, 'closed'), 0o600);
  const root = process.getuid!() === 0;
  if (root) process.seteuid!(65_534);
  try {
    await rejects(join(folder, 'closed', 'app.js'), /is in a folder that .* may not enter/, /chmod o\+x/);
  } finally {
    if (root) process.seteuid!(0);
    await chmod(join(folder, 'closed'), 0o700);
  }
});

test('a package starts where Node would start it', async (t) => {
  const entry = async (files: Record<string, string>) => {
    const cwd = await folderWith(t, files);
    const source = await locateApp(cwd);
    assert.equal(source.kind, 'node');
    return source.entry.slice(cwd.length + 1);
  };
  const lib = { 'lib/index.js': '', 'index.js': '', 'a.mjs': '' };
  assert.equal(await entry({ ...lib, 'package.json': '{"main":"lib"}' }), 'lib/index.js');
  assert.equal(await entry({ ...lib, 'package.json': '{"main":"./a.mjs"}' }), 'a.mjs');
  assert.equal(await entry({ ...lib, 'package.json': '{}' }), 'index.js');
  assert.equal(await entry({ ...lib, 'package.json': '{"exports":"./a.mjs"}' }), 'a.mjs');
  assert.equal(await entry({ ...lib, 'package.json': '{"main":"a"}' }), 'a.mjs');
  assert.equal(
    await entry({ 'dist/main.cjs': '', 'package.json': '{"main":"./dist/main"}' }),
    'dist/main.cjs',
  );
  assert.equal(await entry({ 'dist/index.mjs': '', 'package.json': '{"main":"./dist/"}' }), 'dist/index.mjs');
  assert.equal(await entry({ 'index.mjs': '', 'package.json': '{"type":"module"}' }), 'index.mjs');
  assert.equal(await entry({ 'index.cjs': '', 'package.json': '{"main":""}' }), 'index.cjs');
  assert.equal(await entry({ 'index.ts': '', 'package.json': '{"main":"gone.js"}' }), 'index.ts');
  assert.equal(await entry({ 'index.js': '' }), 'index.js');
  const conditions = '{"exports":{".":{"types":"./x.d.ts","import":{"default":"./a.mjs"}}}}';
  assert.equal(await entry({ ...lib, 'package.json': conditions }), 'a.mjs');
});

test('the ending of a script may be left out, as for Node', async (t) => {
  const folder = await folderWith(t, {
    'dist/main.js': '',
    'dist/main.d.ts': '',
    'other.mjs': '',
    'x.y.js': '',
  });
  const entry = async (path: string) => {
    const source = await locateApp(join(folder, path));
    return source.kind === 'node' && source.entry.slice(folder.length + 1);
  };
  assert.equal(await entry('dist/main'), 'dist/main.js');
  assert.equal(await entry('other'), 'other.mjs');
  assert.equal(await entry('x.y'), 'x.y.js');
  await symlink('dist/main.js', join(folder, 'linked.js'));
  assert.equal(await entry('linked'), 'dist/main.js');
  await rejects(join(folder, 'dist/mai'), /nothing at/);
});

test('a worker runs in the folder of the nearest package.json, as `npm start` has it', async (t) => {
  const folder = await folderWith(t, {
    'package.json': '{}',
    'dist/src/main.js': '',
    'packages/api/package.json': '{}',
    'packages/api/lib/main.js': '',
    'packages/worker/main.js': '',
    'packages/plain/index.js': '',
    'node_modules/next/package.json': '{"main":"dist/next.js"}',
    'node_modules/next/dist/next.js': '',
    'node_modules/next/dist/bin/next': '#!/usr/bin/env node',
  });
  const cwd = async (path: string) => {
    const source = await locateApp(join(folder, path));
    assert.equal(source.kind, 'node');
    return source.cwd.slice(folder.length + 1);
  };
  assert.equal(await cwd('dist/src/main'), '');
  assert.equal(await cwd('packages/api/lib/main.js'), 'packages/api');
  assert.equal(await cwd('packages/worker/main.js'), '');
  assert.equal(await cwd('packages/plain'), '');
  assert.equal(await cwd('node_modules/next/dist/bin/next'), '');
  assert.equal(await cwd('node_modules/next'), 'node_modules/next');
});

test('what is no app says what was looked for', async (t) => {
  await rejects('/nowhere/at/all', /nothing at \/nowhere/);
  await rejects(
    await folderWith(t, {}),
    /no main\.js with a star\.json, no bundle\/, no package\.json, no index\.js/,
  );
  await rejects(
    await folderWith(t, { '.meteor/': '', 'package.json': '{}' }),
    /has to be built/,
    /meteor build/,
  );
  await rejects(await folderWith(t, { 'package.json': '{}' }), /no "main", and there is no index\.js/);
  await rejects(await folderWith(t, { 'package.json': '{"main":"a.js"}' }), /there is no .*a\.js/);
  await rejects(await folderWith(t, { 'package.json': '{"main":\n}' }), /package\.json.*line 2, column 1/);
});

test('an incomplete bundle says what it lacks', async (t) => {
  const { 'programs/server/': _server, ...noServer } = bundle;
  await rejects(await folderWith(t, noServer), /lacks programs\/server/);
  await rejects(await folderWith(t, { 'main.js': '', 'programs/server/': '' }), /lacks star\.json/);
  await rejects(await folderWith(t, { 'bundle/star.json': '{}' }), /bundle is incomplete: it lacks main\.js/);
});

test('star.json names Node and npm, .node_version.txt is the fallback', async (t) => {
  const star = async (files: Record<string, string>) => readStar(await folderWith(t, files));
  const full = '{"nodeVersion":"v20.18.0","npmVersion":"10.8.2"}';
  assert.deepEqual(await star({ 'star.json': full }), { nodeVersion: '20.18.0', npmVersion: '10.8.2' });
  assert.deepEqual(await star({ 'star.json': '{}', '.node_version.txt': 'v14.21.4\n' }), {
    nodeVersion: '14.21.4',
  });
  assert.deepEqual(await star({ 'star.json': '{"nodeVersion":20}' }), {});
  await assert.rejects(star({ 'star.json': '{"a"' }), /star\.json holds no valid JSON: .*line 1, column 5/);
  await assert.rejects(star({ 'star.json': '[]' }), /no object/);
  await assert.rejects(star({}), /star\.json cannot be read/);
});
