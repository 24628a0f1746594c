import assert from 'node:assert/strict';
import test from 'node:test';
import { WebSocket } from 'ws';
import { startTimeOf } from '../../src/machine/process-start.ts';
import { connect, type DdpClient } from '../support/ddp-client.ts';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { HttpLoad } from '../support/http-load.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder, tinyApp } from '../support/tiny-apps.ts';

const wanted = 3;

const supervisorOf = async (running: RunningApp): Promise<number> => {
  const { supervisor } = await running.status();
  return supervisor.pid;
};

const pidsOf = async (running: RunningApp): Promise<number[]> => {
  const { workers } = await running.status();
  return workers.flatMap(({ pid }) => pid ?? []);
};

/** The new supervisor answers, and has put workers of its own in the place of all of those. */
const replaced = (running: RunningApp, old: readonly number[]): Promise<unknown> =>
  eventually(
    'all orphans are replaced',
    async () => {
      const status = await running.status().catch(() => undefined);
      const workers = status?.workers ?? [];
      const fresh = workers.every(({ pid, state }) => state === 'ready' && !old.includes(pid!));
      return workers.length === wanted && fresh;
    },
    120_000,
  );

/** New WebSockets one after the other, until stopped; each must open and hear its echo. */
function openSteadily(url: string): { stop: () => Promise<number>; failures: string[] } {
  const failures: string[] = [];
  let opened = 0;
  const stopped = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const client = new WebSocket(`${url.replace('http', 'ws')}/websocket`, { perMessageDeflate: false });
      client.on('open', () => client.send('{"msg":"connect","version":"1","support":["1"]}'));
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await new Promise<void>((resolve) => {
        client.on('message', (data: Buffer) => data.includes('"connected"') && client.close());
        client.on('error', (error) => failures.push(error.message));
        client.on('close', (code) => {
          if (code !== 1000 && code !== 1005) failures.push(`closed with ${code}`);
          resolve();
        });
      });
      opened += 1;
    }
  };
  const loops = [loop(), loop()];
  return {
    failures,
    stop: async () => {
      stopped.abort();
      await Promise.all(loops);
      return opened;
    },
  };
}

async function survive(t: test.TestContext, running: RunningApp, round: number): Promise<void> {
  const supervisor = await supervisorOf(running);
  const workers = await pidsOf(running);
  const clients = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      connect(running.url, { transport: index % 2 === 0 ? 'raw' : 'xhr-polling', cookies: index % 3 === 0 }),
    ),
  );
  const closes: number[] = [];
  let killed = 0;
  for (const client of clients) client.on('close', ({ code }) => closes.push(code));

  // Until it goes on, its keeper starts no other supervisor, which would replace the workers.
  running.process.kill('SIGSTOP');
  try {
    process.kill(supervisor, 'SIGKILL');
    killed = Date.now();
    // Sessions go on without a supervisor.
    await Promise.all(clients.map((client: DdpClient) => client.call('echo', round)));
    assert.deepEqual(closes, []);
    // A long poll that waits would hold its worker for as long as the app lets it wait.
    await Promise.all(clients.filter((_, index) => index % 2 === 1).map((client) => client.close()));
  } finally {
    running.process.kill('SIGCONT');
  }
  const answered = await eventually('the control channel answers again', () =>
    running.status().catch(() => undefined),
  );
  assert.notEqual(answered.supervisor.pid, supervisor);
  t.diagnostic(`round ${round}: the control channel answers after ${Date.now() - killed} ms`);
  await replaced(running, workers);
  t.diagnostic(`round ${round}: all orphans were replaced after ${Date.now() - killed} ms`);
  for (const pid of workers) assert.equal(startTimeOf(pid), '', `orphan ${pid} is left`);
  // The orphans closed their WebSockets in order; only then were they ended.
  await Promise.all(clients.map((client) => client.close()));
  const raw = closes.filter((code) => code === 1012).length;
  t.diagnostic(`round ${round}: ${raw} of 15 WebSockets were closed with 1012, none broke`);
}

test('the supervisor is killed twice under load', async (t) => {
  const bundle = await meteorBundle();
  const running = await startRadiant({ app: bundle.path, workers: 2 });
  t.after(() => running.stop());
  await running.control.scale({ workers: wanted });

  const load = new HttpLoad(`${running.url}/api/whoami`, { keepAlive: 10, fresh: 5 });
  const steady = openSteadily(running.url);
  t.after(() => Promise.all([load.stop(), steady.stop()]));
  await survive(t, running, 1);
  await survive(t, running, 2);
  await load.stop();
  const opened = await steady.stop();
  t.diagnostic(`${load.requests} requests and ${opened} new WebSockets in all`);
  assert.deepEqual(load.failures, []);
  assert.deepEqual(steady.failures, []);
  const status = await running.status();
  assert.equal(status.workers.length, wanted, 'the scale is kept');
  assert.equal(status.workers.filter(({ leader }) => leader).length, 1);
});

test('workers that are empty already when the supervisor dies are not waited for', async (t) => {
  const folder = await testFolder(t);
  const running = await startRadiant({
    app: await tinyApp(folder, { label: 'one' }),
    workers: wanted,
    args: ['--drain-timeout', '1h'],
  });
  t.after(() => running.stop());
  const deployed = await runCommand(running, ['deploy', await tinyApp(folder, { label: 'two' })]);
  assert.equal(deployed.code, 0, deployed.output);
  const old = await pidsOf(running);
  assert.equal(old.length, 2 * wanted, 'those of the release before are kept warm');
  process.kill(await supervisorOf(running), 'SIGKILL');
  await replaced(running, old);
});
