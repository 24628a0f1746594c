import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startTimeOf } from '../../src/machine/process-start.ts';
import { connectControl } from '../../src/control/client.ts';
import { bindAll } from '../../src/keeper/bind.ts';
import type { Status } from '../../src/running/status.ts';
import { eventually } from '../support/eventually.ts';
import { HttpLoad } from '../support/http-load.ts';
import { Pty } from '../support/pty.ts';
import { freePort, startLine, startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';
import { full } from '../support/full-size.ts';

const app = fileURLToPath(new URL('../fixtures/counting-app.cjs', import.meta.url));

/** A process that has ended and was not reaped yet does not live. */
const lives = (pid: number): boolean => startTimeOf(pid) !== '';

const pidsOf = ({ workers }: Status): number[] => workers.map(({ pid }) => pid!);

/** Kills the keeper, and only it. */
async function killKeeper({ process: keeper }: RunningApp): Promise<void> {
  const ended = once(keeper, 'exit');
  keeper.kill('SIGKILL');
  await ended;
}

/** Others than `old` serve, and these have ended. */
const replaced = (running: RunningApp, old: readonly number[]): Promise<unknown> =>
  eventually(`${old.join()} are replaced`, async () => {
    const status = await running.status().catch(() => undefined);
    const ready = status?.workers.every(({ pid, state }) => state === 'ready' && !old.includes(pid!));
    return ready && !old.some(lives);
  });

test('a stop right after the death of the supervisor stops the workers that it left', async (t) => {
  const running = await startRadiant({ app });
  t.after(() => running.stop());
  const { supervisor, workers } = await running.status();
  process.kill(supervisor.pid, 'SIGKILL');
  running.process.kill('SIGTERM');
  const [code] = (await once(running.process, 'exit')) as [number | null];
  assert.equal(code, 0);
  assert.deepEqual(
    workers.filter(({ pid }) => lives(pid!)),
    [],
  );
});

test('an app whose keeper was killed goes on, and the next start takes it over with its sockets', async (t) => {
  const first = await startRadiant({ app, args: ['--admin', String(await freePort())] });
  const load = new HttpLoad(first.url, { keepAlive: 3, fresh: 3 });
  t.after(() => load.stop());
  const before = await first.status();
  await killKeeper(first);
  const alone = await first.status();
  assert.equal(alone.supervisor.pid, before.supervisor.pid);
  assert.deepEqual(pidsOf(alone), pidsOf(before));

  const second = await startRadiant({ app, at: first, args: ['--admin', new URL(before.admin!.url).port] });
  t.after(() => second.stop());
  await replaced(second, pidsOf(before));
  assert.ok(!lives(before.supervisor.pid));
  // The sockets are the new keeper's: another supervisor gets them from it.
  const { supervisor, workers } = await second.status();
  process.kill(supervisor.pid, 'SIGKILL');
  await replaced(
    second,
    workers.map(({ pid }) => pid!),
  );
  assert.equal((await fetch(before.admin!.url)).status, 200);
  await load.stop();
  assert.ok(load.requests > 100, String(load.requests));
  assert.deepEqual(load.failures, []);
});

test('workers that lost their supervisor too give way to the next start', async (t) => {
  const first = await startRadiant({ app, workers: 1 });
  const before = await first.status();
  await killKeeper(first);
  process.kill(before.supervisor.pid, 'SIGKILL');
  await eventually('the supervisor has ended', () => !lives(before.supervisor.pid));
  const second = await startRadiant({ app, workers: 1, at: first });
  t.after(() => second.stop());
  await replaced(second, pidsOf(before));
});

test('systemd ends the keeper of a supervisor that hangs: the next start ends that too, and no client notices', async (t) => {
  const [home, port] = [await testFolder(t), await freePort()];
  const [socket] = await bindAll([{ host: '127.0.0.1', port }]);
  t.after(() => socket!.close());
  // It keeps a port of its own, and gives nothing: whoever follows waits for that for 10 s.
  const args = full ? ['--admin', String(await freePort())] : [];
  const options = { app, args, workers: 1, at: { home, port }, inherits: socket!.fd };
  const first = await startRadiant(options);
  const load = new HttpLoad(first.url, { keepAlive: 2, fresh: 2 });
  t.after(() => load.stop());
  const before = await first.status();
  process.kill(before.supervisor.pid, 'SIGSTOP');
  await killKeeper(first);
  const asked = load.requests;
  const second = await startRadiant(options);
  t.after(() => second.stop());
  await replaced(second, pidsOf(before));
  assert.ok(!lives(before.supervisor.pid), 'it is not left stopped');
  await load.stop();
  assert.ok(load.requests > asked + 20, `${asked} of ${load.requests}`);
  assert.deepEqual(load.failures, []);
});

test('at a terminal the death of the keeper ends the app', async (t) => {
  const home = await testFolder(t);
  const port = await freePort();
  const command = startLine(app, 'app', '--workers', '1', '--port', String(port));
  const pty = new Pty(command, { columns: 100, rows: 20 }, { RADIANT_HOME: home });
  t.after(() => pty.kill());
  await eventually('it is ready', () => / is ready at /.test(pty.raw));
  const { supervisor, workers } = await connectControl(join(home, 'run', 'app', 'control.sock')).status({});
  process.kill(pty.pid, 'SIGKILL');
  const left = [supervisor, ...workers].map(({ pid }) => pid!);
  await eventually('its supervisor and its worker have ended', () => !left.some(lives));
});
