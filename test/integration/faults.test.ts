import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startRadiant } from '../support/radiant.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));
const stubborn = fileURLToPath(new URL('apps/stubborn.cjs', import.meta.url));

test('a worker that cannot be started is retried; the others and the supervisor go on', async (t) => {
  const running = await startRadiant({ app, workers: 2 });
  t.after(() => running.stop());
  const before = await running.status();
  // Without its folder no record can be written: as on a full disk, the worker must not start unrecorded.
  const records = join(running.home, 'run', 'app', 'workers');
  await rename(records, `${records}.away`);
  const notice = await running.event((event) => event.type === 'notice' && event.slot === 1);
  process.kill(before.workers[0]!.pid!, 'SIGKILL');
  await notice.seen;
  const meanwhile = await running.status();
  assert.equal(meanwhile.supervisor.pid, before.supervisor.pid);
  assert.match(meanwhile.workers[0]!.lastExit!.reason, /^could not be started: ENOENT/);
  assert.equal((await fetch(running.url)).status, 200);

  const ready = await running.event((event) => event.type === 'ready' && event.slot === 1);
  await rename(`${records}.away`, records);
  await ready.seen;
});

test('a stop in the middle of a restart stops everything', async (t) => {
  const running = await startRadiant({ app, workers: 3 });
  t.after(() => running.stop());
  const draining = await running.event((event) => event.type === 'draining');
  const restart = running.control.restart({});
  const refused = assert.rejects(restart, { code: 'OPERATION_FAILED' });
  await draining.seen;
  assert.deepEqual(await running.control.stop({}).then(() => 'stopped'), 'stopped');
  await refused;
  await running.printed(/app has stopped/);
  const { output } = running;
  assert.doesNotMatch(output(), /ERR_|Error/);
});

test('the description of an app, with its secrets, is gone when it has stopped', async (t) => {
  const running = await startRadiant({ app: stubborn, workers: 1, args: ['--kill-timeout', '1'] });
  t.after(() => running.stop());
  const description = join(running.home, 'run', 'app', 'app.json');
  assert.ok(existsSync(description));
  running.process.kill('SIGTERM');
  await running.printed(/app has stopped/);
  assert.ok(!existsSync(description));
});
