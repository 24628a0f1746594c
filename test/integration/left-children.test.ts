import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { lives, testFolder } from '../support/tiny-apps.ts';

const program = join(import.meta.dirname, 'apps', 'parent.cjs');

interface Family {
  worker: number;
  plain: number;
  stubborn: number;
  own: number;
}

async function familyOf(app: RunningApp): Promise<Family> {
  const children = (await (await fetch(app.url)).json()) as Omit<Family, 'worker'>;
  return { ...children, worker: (await app.status()).workers[0]!.pid! };
}

async function started(t: TestContext, ...args: string[]): Promise<RunningApp> {
  const env = { TEST_FOLDER: await testFolder(t) };
  const app = await startRadiant({ app: program, workers: 1, args: ['--kill-timeout', '1s', ...args], env });
  t.after(() => app.stop());
  return app;
}

const gone = (pid: number): Promise<unknown> => eventually(`${pid} has ended`, () => !lives(pid));

test('what a dead worker leaves in its process group is told to end, then killed', async (t) => {
  const app = await started(t);
  const family = await familyOf(app);
  const told = await app.event((event) => event.type === 'notice' && event.text.includes('2 of its child'));
  process.kill(family.worker, 'SIGKILL');
  await told.seen;
  await gone(family.plain);
  await gone(family.stubborn);
  assert.ok(lives(family.own), 'a session of its own');
});

test('a stop waits for them, and one that dies with its supervisor leaves none', async (t) => {
  const app = await started(t);
  const first = await familyOf(app);
  process.kill((await app.status()).supervisor.pid, 'SIGKILL');
  process.kill(first.worker, 'SIGKILL');
  await Promise.all([gone(first.plain), gone(first.stubborn)]);
  await eventually('another worker serves', async () => {
    const workers = (await app.status().catch(() => undefined))?.workers ?? [];
    return workers[0]?.state === 'ready' && workers[0].pid !== first.worker;
  });
  const second = await familyOf(app);
  await app.control.stop({});
  // Killed ones are gone as soon as somebody has reaped them.
  await Promise.all([gone(second.plain), gone(second.stubborn)]);
  assert.deepEqual([lives(first.own), lives(second.own)], [true, true]);
});

test('with keepChildren all live on', async (t) => {
  const app = await started(t, '--keep-children');
  const { worker, ...children } = await familyOf(app);
  const ended = await app.event(({ type }) => type === 'exit');
  process.kill(worker, 'SIGKILL');
  await ended.seen;
  await app.control.stop({});
  for (const pid of Object.values(children)) assert.ok(lives(pid));
});
