import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { create } from 'tar';
import { RadiantError } from '../../common/errors.ts';
import { inspect, unpack } from './unpack.ts';

interface Place {
  root: string;
  bundle: string;
  archive: string;
  into: string;
}

async function place(t: TestContext): Promise<Place> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'radiant-unpack-')));
  t.after(() => rm(root, { recursive: true }));
  const bundle = join(root, 'source', 'bundle');
  await mkdir(join(bundle, 'programs', 'server'), { recursive: true });
  await writeFile(join(bundle, 'main.js'), 'main');
  await writeFile(join(bundle, 'star.json'), '{}');
  await writeFile(join(bundle, 'programs', 'server', 'big'), randomBytes(300_000));
  return { root, bundle, archive: join(root, 'app.tar.gz'), into: join(root, 'state', 'app') };
}

async function packed(t: TestContext): Promise<Place> {
  const here = await place(t);
  await create({ file: here.archive, cwd: join(here.root, 'source'), gzip: true }, ['bundle']);
  return here;
}

/** As a release is staged: nothing is written before all was read. */
async function unpackChecked(archive: string, into: string): Promise<string> {
  const { tree } = await inspect(archive);
  return (await unpack(archive, tree, { into, owner: undefined, kept: [] })).folder;
}

/** Asserts that the archive is refused, and that nothing was written. */
async function refused({ archive, into }: Place, message: RegExp): Promise<void> {
  await assert.rejects(unpackChecked(archive, into), (error) => {
    assert.ok(error instanceof RadiantError, String(error));
    assert.equal(error.code, 'ARCHIVE');
    assert.match(error.message, message);
    return true;
  });
  assert.deepEqual(await readdir(into).catch(() => []), []);
}

test('an archive is unpacked, and its content told', async (t) => {
  const here = await packed(t);
  await symlink('main.js', join(here.bundle, 'link'));
  await create({ file: here.archive, cwd: join(here.root, 'source'), gzip: true }, ['bundle']);
  const { sha256, bytes, tree } = await inspect(here.archive);
  assert.match(sha256, /^[\da-f]{64}$/);
  assert.equal(bytes, (await stat(here.archive)).size);
  const { folder } = await unpack(here.archive, tree, { into: here.into, owner: undefined, kept: [] });
  assert.equal(folder, join(here.into, 'bundle'));
  assert.equal(await readFile(join(folder, 'link'), 'utf8'), 'main');
  assert.ok((await lstat(join(folder, 'link'))).isSymbolicLink());
  assert.equal(await readFile(join(folder, 'package.json'), 'utf8'), '{}\n');
});

test('truncated, damaged and missing archives are refused', async (t) => {
  const here = await packed(t);
  const whole = await readFile(here.archive);
  await writeFile(here.archive, whole.subarray(0, whole.length / 2));
  await refused(here, /unexpected end of file/);
  await writeFile(here.archive, randomBytes(10_000));
  await refused(here, /cannot be unpacked/);
  const flipped = Buffer.from(whole);
  flipped[200_000] = (flipped[200_000] ?? 0) ^ 0xff;
  await writeFile(here.archive, flipped);
  await refused(here, /cannot be unpacked/);
  await writeFile(here.archive, '');
  await refused(here, /no files|cannot be unpacked/);
  await rm(here.archive);
  await refused(here, /ENOENT/);
});

test('paths and links that lead outside, and pipes, are refused', async (t) => {
  const here = await place(t);
  const source = join(here.root, 'source');
  const tar = (...args: string[]) => execFileSync('tar', ['-czPf', here.archive, '-C', source, ...args]);
  await writeFile(join(here.root, 'evil'), '');
  tar('../evil', 'bundle');
  await refused(here, /outside its folder/);
  tar(join(here.root, 'evil'), 'bundle');
  await refused(here, /absolute path/);
  await symlink('../../..', join(here.bundle, 'out'));
  tar('bundle');
  await refused(here, /bundle\/out points outside/);
  await rm(join(here.bundle, 'out'));
  execFileSync('mkfifo', [join(here.bundle, 'pipe')]);
  tar('bundle');
  await refused(here, /neither a file nor a folder/);
});

test('an archive over a limit is refused before anything is written', async (t) => {
  const here = await packed(t);
  await assert.rejects(inspect(here.archive, { bytes: 1000, entries: 100 }), /more than 1000 bytes/);
  await assert.rejects(inspect(here.archive, { bytes: 1e9, entries: 3 }), /more than 3 files/);
  assert.deepEqual(await readdir(here.into).catch(() => []), []);
});

test('an archive without a bundle is refused', async (t) => {
  const here = await place(t);
  await create({ file: here.archive, cwd: here.bundle, gzip: true }, ['main.js']);
  await assert.rejects(unpackChecked(here.archive, here.into), /holds no Meteor bundle/);
});

test('root unpacks for another user', { skip: !process.env.CI && process.getuid?.() !== 0 }, async (t) => {
  const here = await packed(t);
  const { tree } = await inspect(here.archive);
  const owner = { uid: 65534, gid: 65534 };
  const { folder } = await unpack(here.archive, tree, { into: here.into, owner, kept: [] });
  for (const name of ['', 'main.js', 'package.json', 'programs/server']) {
    assert.equal((await stat(join(folder, name))).uid, 65534, name);
  }
  assert.equal((await stat(join(folder, '..'))).uid, 0);
});
