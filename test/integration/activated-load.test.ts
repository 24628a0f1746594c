import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runCommand } from '../support/command.ts';
import { transports } from '../support/ddp-client.ts';
import { eventually } from '../support/eventually.ts';
import { HttpLoad } from '../support/http-load.ts';
import { otherInstallation } from '../support/installation.ts';
import { repeats } from '../support/journal.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { MeteorUser } from '../support/meteor-user.ts';
import { reconnecting, startRadiant, type RunningApp } from '../support/radiant.ts';
import { full } from '../support/full-size.ts';

const [kills, users, visitors] = full ? [5, 300, 40] : [1, 8, 4];
const [thinkMs, pauseMs] = [full ? 1000 : 500, 100];
const workers = full ? 3 : 2;

/** Kills the supervisor; resolves when its workers have drained and others serve. */
async function killSupervisor(app: RunningApp): Promise<void> {
  const { supervisor, workers: old } = await app.status();
  process.kill(supervisor.pid, 'SIGKILL');
  const replaced = async (): Promise<boolean> => {
    const status = await app.status().catch(() => undefined);
    const fresh = status?.workers.every(
      ({ pid, state }) => state === 'ready' && !old.some((worker) => worker.pid === pid),
    );
    return fresh === true && status!.workers.length === workers;
  };
  await eventually('all workers are replaced', replaced, 90_000);
}

function crowdOf(t: TestContext, app: RunningApp): MeteorUser[] {
  const everyone = Array.from({ length: users }, (_, i) => {
    const transport = transports[i % transports.length]!;
    return new MeteorUser(app.url, `user${i}`, thinkMs, { transport, cookies: i % 2 === 0 });
  });
  t.after(() => {
    for (const user of everyone) void user.stop();
  });
  return everyone;
}

test('under systemd no client notices that the supervisor is killed, or upgraded', async (t) => {
  const bundle = await meteorBundle();
  const journal = join(bundle.path, '..', 'journal');
  const env = { EXAMPLE_JOURNAL: journal };
  const app = await startRadiant({
    app: bundle.path,
    workers,
    args: reconnecting,
    env,
    activated: true,
  });
  t.after(() => app.stop());
  const other = await otherInstallation(t, '9.9.9');
  const counts = { keepAlive: visitors / 2, fresh: visitors / 2 };
  const load = new HttpLoad(`${app.url}/api/whoami`, counts, pauseMs);
  t.after(() => load.stop());
  const everyone = crowdOf(t, app);
  await Promise.all(everyone.map((user) => user.started));
  const before = (await app.status()).workers.map(({ pid }) => pid);
  const tell = (what: string): void => {
    const reconnects = everyone.reduce((sum, user) => sum + user.reconnects.length, 0);
    const broken = everyone.reduce((sum, user) => sum + user.breaks.length, 0);
    t.diagnostic(
      `${what}: ${load.requests} requests, ${load.failures.length} failed, ${reconnects} reconnects, ${broken} broke`,
    );
  };
  for (let kill = 1; kill <= kills; kill += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await killSupervisor(app);
    tell(`supervisor killed ${kill} times`);
  }
  const { code, output } = await runCommand(app, ['upgrade'], other);
  assert.equal(code, 0, output);
  tell(output.trim());
  await Promise.all(everyone.map((user) => user.stop()));
  await load.stop();
  const { calls, twice } = await repeats(journal);
  t.diagnostic(`${calls} method calls, ${twice} run twice`);
  assert.deepEqual(load.failures, []);
  assert.deepEqual(
    everyone.flatMap(({ problems, breaks }) => [...problems, ...breaks]),
    [],
  );
  assert.equal(twice, 0);
  const left = (await app.status()).workers.filter(({ pid }) => before.includes(pid));
  assert.deepEqual(left, [], 'all have moved: by themselves, or with a new connection');
});
