import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/radiant.ts';

const cli = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const app = fileURLToPath(new URL('../fixtures/counting-app.cjs', import.meta.url));

test('sockets that systemd listens on are taken over, and left to it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rad-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [port, path] = [await freePort(), join(folder, 'public.sock')];
  // In the place of systemd's own, which would need a systemd to talk to.
  const notified = join(folder, 'notified');
  await mkdir(join(folder, 'bin'));
  const script = `#!/bin/sh\necho "$@" > ${notified}\n`;
  await writeFile(join(folder, 'bin', 'systemd-notify'), script, { mode: 0o755 });
  const env = [`PATH=${folder}/bin:${process.env.PATH}`, `RADIANT_HOME=${folder}`, 'NOTIFY_SOCKET=/nowhere'];
  const listen = [`127.0.0.1:${port}`, path];
  const start = [
    cli,
    'start',
    app,
    '--name',
    'app',
    '--workers',
    '1',
    ...listen.flatMap((each) => ['--listen', each]),
  ];
  const child = spawn(
    'systemd-socket-activate',
    [
      ...listen.flatMap((each) => ['-l', each]),
      ...env.flatMap((each) => ['-E', each]),
      process.execPath,
      ...start,
    ],
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
  await eventually('it has told that it is ready', () => existsSync(notified));
  assert.equal(await readFile(notified, 'utf8'), `--ready --pid=${child.pid}\n`);
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null], said);
  assert.ok(existsSync(path), "systemd's socket file is not removed");
});
