import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { removeDrafts, writeStateFile } from './state-file.ts';

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

test('overlapping writes leave the last one, whole', async (t) => {
  const path = join(await folder(t), 'state.json');
  const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(20 - i));
  await Promise.all(texts.map((text) => writeStateFile(path, text)));
  assert.equal(await readFile(path, 'utf8'), texts.at(-1));
  assert.deepEqual(await readdir(join(path, '..')), ['state.json']);
});

test('what a process that was killed has left beside a file is removed', async (t) => {
  const path = join(await folder(t), 'state.json');
  const [left, other] = [
    `${path}.copy.${randomUUID()}.new`,
    join(path, '..', `other.json.${randomUUID()}.new`),
  ];
  for (const file of [path, left, other]) writeFileSync(file, '{');
  removeDrafts(path);
  assert.deepEqual((await readdir(join(path, '..'))).toSorted(), [basename(other), 'state.json'].toSorted());
});
