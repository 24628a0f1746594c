import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodesInTurn } from '../fixtures/nodes.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, startRadiant, type RunningApp, type RunOptions } from '../support/radiant.ts';
import { startUnderRadiant } from './contract-app.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/starts/${name}.cjs`, import.meta.url));

function text(options: http.RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', agent: false, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve(body));
    });
    request.on('error', reject);
  });
}

/** What each worker answers by its own socket. */
async function byWorker(app: RunningApp): Promise<string[]> {
  const { workers } = await app.status();
  return Promise.all(workers.map(({ socketPath }) => text({ socketPath })));
}

async function start(t: TestContext, name: string, options: Partial<RunOptions> = {}): Promise<RunningApp> {
  const app = await startRadiant({ app: fixture(name), ...options });
  t.after(() => app.stop());
  return app;
}

for (const { version, path, test } of await nodesInTurn('14.21.3', '24')) {
  describe(`an app that starts in its own way, on Node ${version}`, () => {
    const node = ['--node', path];

    test('settings above 128 KiB arrive and are gone once the app listens; one worker leads', async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'settings-'));
      t.after(() => rm(folder, { recursive: true }));
      const settings = join(folder, 'settings.json');
      await writeFile(settings, JSON.stringify({ text: 'x'.repeat(200_000) }));
      const app = await start(t, 'settings', { args: [...node, '--settings', settings] });
      const answers = (await byWorker(app)).map((answer) => JSON.parse(answer) as Record<string, unknown>);
      assert.equal(answers.length, 2);
      for (const { length, left, spawned } of answers)
        assert.deepEqual({ length, left, spawned }, { length: 200_000, left: 'nothing', spawned: 0 });
      const leaders = answers.map(({ leader, variable }) => ({ leader, variable }));
      leaders.sort((a, b) => Number(a.leader) - Number(b.leader));
      assert.deepEqual(leaders, [
        { leader: false, variable: null },
        { leader: true, variable: '1' },
      ]);
    });

    test('a port of its own choice is learned, and every worker serves', async (t) => {
      const own = await freePort();
      const app = await start(t, 'learned', { args: node, env: { OWN_PORT: String(own) } });
      const pids = new Set(await byWorker(app));
      assert.equal(pids.size, 2);
      assert.ok(pids.has(await text({ port: app.port })));
    });

    test('another port is left alone', async (t) => {
      const metrics = await freePort();
      const env = { METRICS_PORT: String(metrics) };
      const app = await start(t, 'metrics', { args: node, env, workers: 1 });
      const [worker] = (await app.status()).workers;
      assert.equal(await text({ port: app.port }), String(worker!.pid));
      assert.equal(await text({ port: metrics }), 'metrics');
    });

    test('where another port collides in the second worker, the message names the remedy', async (t) => {
      const metrics = await freePort();
      const env = { METRICS_PORT: String(metrics) };
      const app = await start(t, 'metrics', { args: node, env, early: true });
      await app.printed(
        new RegExp(`port ${metrics} is in use.*env: \\{ METRICS_PORT: '\\{${metrics}\\+slot\\}' \\}`),
      );
    });

    test('a message to a supervisor that has died is lost, and nothing else', async (t) => {
      const app = await startUnderRadiant(path);
      t.after(() => app.stop());
      const { supervisor } = await app.radiant!.status();
      // Its keeper, which would start another one, waits meanwhile.
      app.radiant!.process.kill('SIGSTOP');
      process.kill(supervisor.pid, 'SIGKILL');
      await eventually('the channel ends', async () => !(await app.act<boolean>('send')));
      assert.equal(await app.act('connected'), true, 'no concern of the app');
      assert.equal(await app.act('listening'), true);
      app.radiant!.process.kill('SIGCONT');
      await eventually('another worker has taken over', async () => {
        const status = await app.radiant!.status().catch(() => undefined);
        return status?.workers.length === 1 && status.workers[0]!.pid !== app.pid;
      });
    });

    test('an app that never listens is given up, with a message', async (t) => {
      const app = await start(t, 'silent', {
        args: [...node, '--start-timeout', '3'],
        workers: 1,
        early: true,
      });
      const [code] = (await once(app.process, 'close')) as [number];
      assert.equal(code, 1);
      assert.match(app.output(), new RegExp(`the app does not listen; it was told to on PORT ${app.port}`));
    });

    test('an app that uses node:cluster is told not to', async (t) => {
      const app = await start(t, 'cluster', {
        args: [...node, '--start-timeout', '3'],
        workers: 1,
        early: true,
      });
      await app.printed(/the app starts workers of its own with node:cluster/);
    });
  });
}
