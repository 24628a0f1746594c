import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { installedIn, lookingPlaces, pathCandidates } from './places.ts';

const folders = (env: NodeJS.ProcessEnv) =>
  lookingPlaces(env, '/home/u', '/cache').map(({ folder, binary }) => join(folder, '20.18.0', binary));

test('every version manager is asked at its default place', () => {
  assert.deepEqual(folders({}), [
    '/home/u/.nvm/versions/node/20.18.0/bin/node',
    '/home/u/.local/share/fnm/node-versions/20.18.0/installation/bin/node',
    '/home/u/.fnm/node-versions/20.18.0/installation/bin/node',
    '/home/u/Library/Application Support/fnm/node-versions/20.18.0/installation/bin/node',
    '/home/u/.volta/tools/image/node/20.18.0/bin/node',
    '/home/u/.asdf/installs/nodejs/20.18.0/bin/node',
    '/usr/local/n/versions/node/20.18.0/bin/node',
    '/cache/node/20.18.0/bin/node',
  ]);
});

test('the variables of the version managers move their places', () => {
  const env = { NVM_DIR: '/a', FNM_DIR: '/b', VOLTA_HOME: '/c', ASDF_DATA_DIR: '/d', N_PREFIX: '/e' };
  assert.deepEqual(folders(env), [
    '/a/versions/node/20.18.0/bin/node',
    '/b/node-versions/20.18.0/installation/bin/node',
    '/c/tools/image/node/20.18.0/bin/node',
    '/d/installs/nodejs/20.18.0/bin/node',
    '/e/n/versions/node/20.18.0/bin/node',
    '/cache/node/20.18.0/bin/node',
  ]);
});

test('a place lists the folders that are named after versions', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'radiant-places-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const name of ['v20.18.0', '18.1.2', 'alias', '.tmp-1-x']) await mkdir(join(folder, name));
  const found = await installedIn({ source: 'found by nvm', folder, binary: 'bin/node' });
  assert.deepEqual(found.map((each) => each.version).sort(), ['18.1.2', '20.18.0']);
  assert.ok(found.some((each) => each.path === join(folder, 'v20.18.0/bin/node')));
  assert.deepEqual(await installedIn({ source: '', folder: join(folder, 'none'), binary: 'node' }), []);
});

test("PATH is searched without relative folders and without Radiant's own", () => {
  const env = { PATH: '/r/node_modules/.bin:.:relative:/usr/bin:/r2/bin' };
  assert.deepEqual(pathCandidates('node', env, '/r'), ['/usr/bin/node', '/r2/bin/node']);
  assert.deepEqual(pathCandidates('node', {}), []);
});
