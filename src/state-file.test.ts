import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { writeStateFile } from './state-file.ts';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'radiant-state-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

test('a file is replaced, and only its owner reads it', async (t) => {
  const here = await folder(t);
  const file = join(here, 'app.json');
  await writeStateFile(file, 'old');
  await writeStateFile(file, 'new');
  assert.equal(await readFile(file, 'utf8'), 'new');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(here), ['app.json']);
});

test('a write that fails leaves nothing beside the file', async (t) => {
  const here = await folder(t);
  await mkdir(join(here, 'app.json', 'in the way'), { recursive: true });
  await assert.rejects(writeStateFile(join(here, 'app.json'), 'new'), /EISDIR|ENOTEMPTY|EEXIST/);
  assert.deepEqual(await readdir(here), ['app.json']);
});
