import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { mendKept, readKept, removeKept, writeKept } from './kept-file.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';

async function kept(t: TestContext): Promise<string> {
  const path = join(temporaryFolder('radiant-kept-'), 'state.json');
  await writeKept(path, JSON.stringify({ workers: 2 }));
  await writeKept(path, JSON.stringify({ workers: 3 }));
  t.after(() => removeKept(path));
  return path;
}

const parse = (text: string): { workers: number } => JSON.parse(text) as { workers: number };

const damages: Record<string, (path: string) => unknown> = {
  empty: (path) => truncateSync(path),
  half: (path) => truncateSync(path, readFileSync(path).length >> 1),
  'full of zeros': (path) => writeFileSync(path, Buffer.alloc(4096)),
  gone: (path) => rm(path),
};

for (const [name, harm] of Object.entries(damages)) {
  test(`a file that is ${name} is replaced by its copy`, async (t) => {
    const path = await kept(t);
    await harm(path);
    const { value, damage } = readKept(path, parse);
    assert.deepEqual(value, { workers: 3 }, 'the last one that was written');
    const said = await mendKept(path, damage!);
    assert.match(said, /state\.json could not be read \(.+\): its copy is used/);
    assert.deepEqual(readKept(path, parse), { value: { workers: 3 } });
    assert.equal(existsSync(`${path}.damaged`), name !== 'gone', 'what was there can be looked at');
    removeKept(path);
    assert.deepEqual(readdirSync(join(path, '..')), []);
  });
}

test('of a damaged copy nobody notices, of two damaged files the error of the first one is told', async (t) => {
  const path = await kept(t);
  truncateSync(`${path}.copy`);
  assert.deepEqual(readKept(path, parse), { value: { workers: 3 } });
  writeFileSync(path, 'no JSON');
  assert.throws(() => readKept(path, parse), /no JSON/);
});
