import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { startTimeOf } from '../../src/machine/process-start.ts';
import { RadiantError } from '../../src/common/errors.ts';
import { handedOver } from '../../src/keeper/orders.ts';
import type { Status } from '../../src/running/status.ts';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { otherInstallation, speakOtherwise } from '../support/installation.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';

const websocketApp = fileURLToPath(new URL('../../examples/node-app', import.meta.url));
const app = fileURLToPath(new URL('../fixtures/counting-app.cjs', import.meta.url));

/** Changes the configuration that the app's next supervisor finds. */
async function changeLaunch(
  { home }: RunningApp,
  change: (config: Record<string, unknown>) => object,
): Promise<void> {
  const file = join(home, 'run', 'app', 'app.json');
  const launch = JSON.parse(await readFile(file, 'utf8')) as { config: Record<string, unknown> };
  await writeFile(file, JSON.stringify({ ...launch, config: change(launch.config) }));
}

/** What the supervisor after the one of `before` says. */
const nextSupervisor = (running: RunningApp, { supervisor }: Status): Promise<Status> =>
  eventually('another supervisor answers', async () => {
    const next = await running.status().catch(() => undefined);
    return next?.supervisor.pid === supervisor.pid ? undefined : next;
  });

/** Has the supervisor exit by itself, and waits for the next one. */
async function crash(running: RunningApp): Promise<void> {
  const before = await running.status();
  process.kill(before.supervisor.pid, 'SIGUSR2');
  await nextSupervisor(running, before);
}

/** Ends an app whose start has returned, or was killed. */
async function stop(running: RunningApp): Promise<void> {
  const { supervisor } = await running.status();
  await running.control.stop({});
  await eventually('the supervisor has ended', () => startTimeOf(supervisor.pid) === '');
  await running.stop();
}

test('another version takes over an app that was detached, and what dies then is followed by it', async (t) => {
  const running = await startRadiant({ app, workers: 2, args: ['--detach'] });
  t.after(() => stop(running));
  const other = await otherInstallation(t, '9.9.9');
  const before = await running.status();
  // As an older version has written it, which knew neither.
  await changeLaunch(running, ({ spare: _spare, proxyProtocol: _protocol, ...config }) => config);
  const { code, output } = await runCommand(running, ['upgrade'], other);
  assert.equal(code, 0, output);
  assert.match(output, /^app upgraded from version \d+\.\d+\.\d+ to 9\.9\.9 in /m);
  const after = await running.status();
  assert.equal(after.supervisor.version, '9.9.9');
  assert.equal(after.workers.length, 2);
  for (const { pid } of before.workers) assert.equal(startTimeOf(pid!), '', `${pid} is left`);
  process.kill(after.supervisor.pid, 'SIGKILL');
  const next = await nextSupervisor(running, after);
  assert.equal(next.supervisor.version, '9.9.9');
});

test('after a good upgrade an early end of its supervisor leaves the app to the new version', async (t) => {
  const running = await startRadiant({ app, workers: 1 });
  t.after(() => running.stop());
  const other = await otherInstallation(t, '9.9.9');
  await appendFile(
    join(other, '../../dist/supervisor.cjs'),
    "process.on('SIGUSR2', () => process.exit(1));\n",
  );
  const upgraded = await runCommand(running, ['upgrade'], other);
  assert.equal(upgraded.code, 0, upgraded.output);
  await crash(running);
  await crash(running); // the one that has just begun
  assert.equal((await running.status()).supervisor.version, '9.9.9');
});

test('workers whose agents speak another version of the protocol are drained, not cut', async (t) => {
  const running = await startRadiant({ app: websocketApp, workers: 1 });
  t.after(() => running.stop());
  const other = await otherInstallation(t, '9.9.9');
  await speakOtherwise(other);
  const sockets = Array.from({ length: 5 }, () => new WebSocket(running.url.replace('http', 'ws')));
  await Promise.all(sockets.map((socket) => once(socket, 'message')));
  const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
  const { code, output } = await runCommand(running, ['upgrade'], other);
  assert.equal(code, 0, output);
  for (const [why] of await closed) assert.equal(why, 1012);
  assert.equal((await running.status()).supervisor.version, '9.9.9');
  assert.equal((await fetch(running.url)).status, 200);
});

test('a version that does not know an option of the app, or cannot start, leaves the app to the one before', async (t) => {
  const running = await startRadiant({ app, workers: 1 });
  t.after(() => running.stop());
  const before = await running.status();
  await changeLaunch(running, (config) => ({ ...config, quicPort: 443 }));
  const refused = await runCommand(running, ['upgrade']);
  assert.equal(refused.code, new RadiantError('STATE', '').exitCode);
  assert.match(
    refused.output,
    /app\.json was written by Radiant .*, which does not know quicPort\n {2}Use the version/,
  );
  assert.equal((await running.status()).supervisor.pid, before.supervisor.pid);
  await changeLaunch(running, ({ quicPort: _quicPort, ...config }) => config);
  const { seen } = await running.event((event) => event.type === 'supervisor');
  const successor = { node: process.execPath, entry: '/nowhere/main.js' };
  await running.control.handOver({ successor });
  assert.partialDeepStrictEqual(await seen, { step: 'hands over' });
  const after = await nextSupervisor(running, before);
  assert.equal(after.supervisor.code, before.supervisor.code);
  assert.equal((await fetch(running.url)).status, 200);
});

test('a supervisor whose process does not end when it hands over is ended', async (t) => {
  const hangs = fileURLToPath(new URL('../fixtures/hangs-at-exit.cjs', import.meta.url));
  const env = { NODE_OPTIONS: `--require ${hangs}`, HANGS_AT: String(handedOver) };
  const running = await startRadiant({ app, workers: 1, env });
  t.after(() => running.stop());
  const before = await running.status();
  const { code, output } = await runCommand(running, ['upgrade']);
  assert.equal(code, 0, output);
  const after = await nextSupervisor(running, before);
  assert.notEqual(after.supervisor.pid, before.supervisor.pid);
  assert.equal(startTimeOf(before.supervisor.pid), '');
  const log = join(running.home, 'state', 'app', 'log', 'supervisor.log');
  assert.match(await readFile(log, 'utf8'), /^hangs at its end$/m);
  const { output: history } = await runCommand(running, ['events', '--type', 'supervisor', '--since', '10m']);
  assert.match(history, /another supervisor took over \(pid \d+\): an upgrade was asked for/);
});

test('without its keeper an app is not upgraded, but started', async () => {
  const running = await startRadiant({ app, workers: 1 });
  running.process.kill('SIGKILL');
  await running.control.status({});
  await eventually('it is told', async () => {
    const { code, output } = await runCommand(running, ['events']);
    return code === 0 && output.includes('the keeper has died');
  });
  const { code, output } = await runCommand(running, ['upgrade']);
  assert.equal(code, new RadiantError('OPERATION_FAILED', '').exitCode);
  assert.match(output, /The keeper of the app has died\n {2}`radiant start`/);
  await stop(running);
});
