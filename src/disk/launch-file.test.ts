import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { loadConfig } from '../config/reading/load.ts';
import { writeLaunch } from './launch-file.ts';
import { readLaunch, recoverLaunch } from './read-launch.ts';
import type { Launch } from '../running/launch.ts';

async function written(t: TestContext, flags: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'radiant-launch-'));
  t.after(() => rm(folder, { recursive: true }));
  const run = { launch: join(folder, 'app.json') };
  const config = await loadConfig({ flags: { app: '/srv/shop.js', ...flags }, cwd: folder, env: {} });
  const launch = { config, release: {}, started: {}, attended: true } as Launch;
  await writeLaunch(run, launch);
  const kept = JSON.parse(await readFile(run.launch, 'utf8')) as { config: Record<string, unknown> };
  const rewrite = (content: object): Promise<void> => writeFile(run.launch, JSON.stringify(content));
  return { run, launch, kept, rewrite };
}

test('what was written is read', async (t) => {
  const { run, launch } = await written(t, { workers: '2-3' });
  assert.deepEqual(await readLaunch(run), launch);
});

test('what the version that wrote it did not know has its default', async (t) => {
  const { run, launch, kept, rewrite } = await written(t, { workers: '2-3' });
  const always = new Set(['app', 'name', 'listen', 'port', 'workers', 'env', 'scaling']);
  for (const option of Object.keys(kept.config)) if (!always.has(option)) delete kept.config[option];
  kept.config.scaling = { min: 2, max: 3, target: { sessions: 500 } };
  await rewrite({ config: kept.config, release: {}, started: {}, attended: true });
  assert.deepEqual(await readLaunch(run), launch);
});

test('what only a newer version understands is an error that names it', async (t) => {
  const { run, kept, rewrite } = await written(t);
  await rewrite({ ...kept, version: '9.9.9', config: { ...kept.config, quicPort: 443 } });
  const newer = /app\.json was written by Radiant 9\.9\.9, and this is [\d.]+, which does not know quicPort/;
  await assert.rejects(readLaunch(run), newer);
  await rewrite({ ...kept, format: 2 });
  await assert.rejects(readLaunch(run), /which does not know format 2/);
});

test('a file that is damaged is replaced by its copy; both damaged, or missing, are an error', async (t) => {
  const { run, launch } = await written(t);
  await writeFile(run.launch, '{"config"');
  assert.deepEqual(await readLaunch(run), launch);
  const recovered = await recoverLaunch(run);
  assert.deepEqual(recovered.launch, launch);
  assert.equal(recovered.said.length, 1);
  assert.deepEqual(await recoverLaunch(run), { launch, said: [] });
  await writeFile(run.launch, '{"config"');
  await rm(`${run.launch}.copy`);
  await assert.rejects(readLaunch(run), { code: 'STATE', message: /app\.json cannot be read: .*JSON/ });
  await rm(run.launch);
  await assert.rejects(readLaunch(run), { code: 'NOT_RUNNING' });
});
