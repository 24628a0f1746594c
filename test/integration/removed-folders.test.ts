import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { freePort, startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

const program = join(import.meta.dirname, 'apps', 'prints.cjs');

async function nextWorker(app: RunningApp, before: number): Promise<number> {
  return eventually('another worker is ready', async () => {
    const worker = (await app.status().catch(() => undefined))?.workers.find(({ pid }) => pid !== before);
    return worker?.state === 'ready' ? worker.pid : undefined;
  });
}

const saysOf = (app: RunningApp, path: string) =>
  app.event((event) => event.type === 'output' && event.line === `that was ${path}`);

test('a log folder that is removed comes back with the next worker', async (t) => {
  const app = await startRadiant({ app: program, workers: 1 });
  t.after(() => app.stop());
  const folder = join(app.home, 'state', 'app', 'releases', '1', 'log');
  await rm(folder, { recursive: true });
  const { pid } = (await app.status()).workers[0]!;
  process.kill(pid!, 'SIGKILL');
  await nextWorker(app, pid!);
  const heard = await saysOf(app, '/1/20');
  await fetch(`${app.url}/1/20`);
  await heard.seen;
  assert.match(await readFile(join(folder, '1.log'), 'utf8'), /that was \/1\/20/);
});

test('an app whose current folder is removed goes on, also with another supervisor', async (t) => {
  const folder = join(await testFolder(t), 'gone');
  await mkdir(folder);
  const at = { home: join(folder, '..'), port: await freePort() };
  const before = process.cwd();
  process.chdir(folder); // which a process that is started now inherits
  const starting = startRadiant({ app: program, workers: 1, at });
  process.chdir(before);
  const app = await starting;
  t.after(() => app.stop());
  await rm(folder, { recursive: true });
  assert.ok(!existsSync(folder));
  const { supervisor, workers } = await app.status();
  process.kill(supervisor.pid, 'SIGKILL');
  const next = await nextWorker(app, workers[0]!.pid!);
  process.kill(next, 'SIGKILL');
  await nextWorker(app, next);
});
