import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { freePort, startLine } from '../support/radiant.ts';

const app = fileURLToPath(new URL('../fixtures/counting-app.cjs', import.meta.url));

/** Datagrams that arrive at a socket, in the place of systemd; what systemd's own program says there. */
async function receiver(t: TestContext, path: string): Promise<() => string> {
  const socat = spawn('socat', ['-u', `UNIX-RECV:${path}`, 'STDOUT'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => socat.kill());
  let said = '';
  socat.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await eventually('socat listens', () => existsSync(path));
  return () => said;
}

test('sockets that systemd listens on are taken over, and left to it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rad-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [port, path] = [await freePort(), join(folder, 'public.sock')];
  const told = await receiver(t, join(folder, 'notify.sock'));
  const env = [
    `PATH=${process.env.PATH}`,
    `RADIANT_HOME=${folder}`,
    `NOTIFY_SOCKET=${folder}/notify.sock`,
    'WATCHDOG_USEC=400000',
  ];
  const listen = [`127.0.0.1:${port}`, path];
  const start = startLine(app, 'app', '--workers', '1', ...listen.flatMap((each) => ['--listen', each]));
  const child = spawn(
    'systemd-socket-activate',
    [...listen.flatMap((each) => ['-l', each]), ...env.flatMap((each) => ['-E', each]), ...start],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'exit');
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await eventually('systemd listens', () => /Listening on .*public\.sock/.test(said));

  // This connection starts it, and waits in the kernel until there is a worker.
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(answer.status, 200, said);
  const launch = JSON.parse(await readFile(join(folder, 'run', 'app', 'app.json'), 'utf8')) as object;
  assert.ok('config' in launch);
  await eventually('it has told that it is ready', () => told().includes(`READY=1\nMAINPID=${child.pid}`));
  await eventually('the watchdog is told, again and again', () => told().split('WATCHDOG=1').length > 2);
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null], said);
  await eventually('it has told that it stops', () => told().includes('STOPPING=1'));
  assert.ok(existsSync(path), "systemd's socket file is not removed");
});
