import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runCommand } from '../../node/command.ts';
import { ensureCommonJs } from './commonjs.ts';

const steps: string[] = [];
const progress = { step: (text: string) => void steps.push(text), transfer() {} };

async function bundleBelow(t: TestContext, packageJson: string): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'radiant-commonjs-'));
  t.after(() => rm(root, { recursive: true }));
  const folder = join(root, 'between', 'bundle');
  await mkdir(folder, { recursive: true });
  await writeFile(join(root, 'package.json'), packageJson);
  await writeFile(join(folder, 'main.js'), 'require("fs");');
  return folder;
}

test('below an ESM package main.js gets a package.json of its own, and runs', async (t) => {
  const folder = await bundleBelow(t, '{"type":"module"}');
  const main = [join(folder, 'main.js')];
  assert.equal((await runCommand(process.execPath, main)).code, 1);
  await ensureCommonJs(folder, progress);
  assert.equal(await readFile(join(folder, 'package.json'), 'utf8'), '{}\n');
  assert.match(steps.at(-1) ?? '', /Wrote .*bundle\/package\.json.*"type": "module"/);
  assert.equal((await runCommand(process.execPath, main)).code, 0);
});

test('where nothing is in the way, nothing is written', async (t) => {
  const folder = await bundleBelow(t, '{}');
  await ensureCommonJs(folder, progress);
  assert.deepEqual(await readdir(folder), ['main.js']);
});

test("a bundle's own package.json that says module is the user's to change", async (t) => {
  const folder = await bundleBelow(t, '{}');
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await assert.rejects(ensureCommonJs(folder, progress), /says "type": "module"/);
});
