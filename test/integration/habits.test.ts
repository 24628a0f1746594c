import assert from 'node:assert/strict';
import http from 'node:http';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp, type RunOptions } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

const app = fileURLToPath(new URL('apps/habits.cjs', import.meta.url));

async function start(
  t: TestContext,
  options: Partial<RunOptions>,
): Promise<{ app: RunningApp; folder: string; journal: () => Promise<string[]> }> {
  const folder = await testFolder(t);
  const file = join(folder, 'journal');
  const env = { JOURNAL: file, GATE: join(folder, 'gate'), ...options.env };
  const running = await startRadiant({ app, ...options, env });
  t.after(() => running.stop());
  const journal = async (): Promise<string[]> => (await readFile(file, 'utf8').catch(() => '')).split('\n');
  return { app: running, folder, journal };
}

async function ask(socketPath: string): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const request = http.get({ socketPath, path: '/' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(JSON.parse(text) as Record<string, string>));
    });
    request.on('error', reject);
  });
}

test('NODE_APP_INSTANCE counts from 0, and the grace period is the time until a worker is killed', async (t) => {
  const env = { METEOR_SIGTERM_GRACE_PERIOD_SECONDS: '7' };
  const { app: running } = await start(t, { env });
  const { workers } = await running.status();
  const answers = await Promise.all(workers.map(({ socketPath }) => ask(socketPath)));
  const told = answers.map(({ instance, grace }) => `${instance} ${grace}`);
  assert.deepEqual(new Set(told), new Set(['0 7', '1 7']));
});

test('with waitReady a worker is ready when its app has said so, and not before', async (t) => {
  const {
    app: running,
    folder,
    journal,
  } = await start(t, {
    workers: 1,
    env: { HABIT: 'late', RADIANT_WAIT_READY: 'true' },
    early: true,
  });
  // A busy machine takes its time for a start.
  const patience = 60_000;
  await eventually('it listens', async () => (await journal()).includes('1 listens'), patience);
  const answered = await eventually(
    'it is asked whether it is well, and answers',
    async () => {
      const status = await running.status().catch(() => undefined);
      const [worker] = status?.workers ?? [];
      return worker !== undefined && worker.requests >= 3 ? worker : undefined;
    },
    patience,
  );
  assert.equal(answered.state, 'starting');
  await writeFile(join(folder, 'gate'), '');
  await running.printed(/ is ready at /);
});

for (const [habit, left] of [
  ['message', '1 message "shutdown"'],
  ['SIGINT', '1 SIGINT'],
] as const) {
  test(`stopSignal ${habit}: the app ends by itself`, async (t) => {
    const { app: running, journal } = await start(t, {
      workers: 1,
      args: ['--stop-signal', habit],
      env: { HABIT: habit },
    });
    const { seen } = await running.event((event) => event.type === 'exit');
    await running.control.restart({});
    const end = await seen;
    assert.equal(end.type === 'exit' && end.reason, 'exited with code 0');
    assert.deepEqual((await journal()).filter(Boolean), [left]);
  });
}

test('an app that only closes its sessions at SIGTERM ends when its grace period does', async (t) => {
  const { app: running, journal } = await start(t, {
    workers: 1,
    env: { HABIT: 'galaxy', METEOR_SIGTERM_GRACE_PERIOD_SECONDS: '1' },
  });
  const { seen } = await running.event((event) => event.type === 'exit');
  await running.control.restart({});
  const end = await seen;
  assert.equal(end.type === 'exit' && end.reason, 'ended by SIGKILL');
  assert.deepEqual((await journal()).filter(Boolean), ['1 SIGTERM, 1 s to go']);
});
