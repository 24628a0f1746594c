import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import type { Status } from '../../src/running/status.ts';
import { eventually } from '../support/eventually.ts';
import { HttpLoad } from '../support/http-load.ts';
import { freePort, startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';
import { programPath } from '../../src/installation.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));
const cli = programPath('cli');
const stubborn = fileURLToPath(new URL('apps/stubborn.cjs', import.meta.url));

const workersOf = async (running: RunningApp) => (await running.status()).workers;
const leaders = async (running: RunningApp): Promise<number[]> =>
  (await workersOf(running)).flatMap(({ leader, pid }) => (leader ? [pid!] : []));
const allReady = async (running: RunningApp, count: number): Promise<boolean> => {
  const workers = await workersOf(running);
  return workers.length === count && workers.every(({ state }) => state === 'ready');
};

test('scale and restart under load', async (t) => {
  const running = await startRadiant({ app, workers: 2 });
  t.after(() => running.stop());
  const load = new HttpLoad(`${running.url}/api/whoami`, { keepAlive: 10, fresh: 5 });
  t.after(() => load.stop());

  assert.partialDeepStrictEqual(await running.control.scale({ workers: 4 }), { before: 2, workers: 4 });
  assert.ok(await allReady(running, 4));
  assert.partialDeepStrictEqual(await running.control.scale({ workers: '-2' }), { before: 4, workers: 2 });
  assert.ok(await allReady(running, 2));
  assert.deepEqual(load.failures, [], 'scaling failed no request');

  const sockets = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const socket = new WebSocket(running.url.replace('http', 'ws'));
      await once(socket, 'message');
      return { closed: once(socket, 'close') as Promise<[number]> };
    }),
  );
  const before = (await workersOf(running)).map(({ pid }) => pid);
  const starting = await running.event(({ type }) => type === 'starting');
  const restarted = running.control.restart({});
  await starting.seen;
  await Promise.all([restarted, running.control.restart({})]); // the code may have changed a second time
  const after = (await workersOf(running)).map(({ pid }) => pid);
  assert.equal(after.filter((pid) => before.includes(pid)).length, 0);
  const codes = await Promise.all(sockets.map(async ({ closed }) => (await closed)[0]));
  assert.deepEqual([...new Set(codes)], [1012]);
  await load.stop();
  t.diagnostic(`${load.requests} requests, ${load.failures.length} failures; 40 WebSockets closed with 1012`);
  assert.deepEqual(load.failures, [], 'the restart failed no request');
});

test('drain replaces one worker under load, and refuses where there is none', async (t) => {
  const running = await startRadiant({ app, workers: 2 });
  t.after(() => running.stop());
  const [first, second] = (await workersOf(running)).map(({ pid }) => pid);
  const load = new HttpLoad(`${running.url}/api/whoami`, { keepAlive: 5, fresh: 5 });
  t.after(() => load.stop());
  const draining = await running.event(({ type }) => type === 'draining');
  const events = await running.event(({ type }) => type === 'ready');

  const { worker, pid } = await running.control.replace({ worker: 2 });
  const [ready, gone] = [await events.seen, await draining.seen];
  assert.deepEqual(
    { type: gone.type, slot: 'slot' in gone && gone.slot, pid: 'pid' in gone && gone.pid },
    { type: 'draining', slot: 2, pid: second },
  );
  assert.ok(ready.time <= gone.time, 'the successor was ready first');
  assert.deepEqual(
    (await workersOf(running)).map(({ slot, pid: now }) => [slot, now]),
    [
      [1, first],
      [worker, pid],
    ],
  );
  assert.notEqual(pid, second);
  await load.stop();
  assert.deepEqual(load.failures, []);
  await assert.rejects(running.control.replace({ worker: 3 }), /There is no worker 3/);
});

test('stop lets a request in flight finish', async (t) => {
  const running = await startRadiant({ app, workers: 2 });
  t.after(() => running.stop());
  const slow = fetch(`${running.url}/api/slow?ms=1500`);
  await eventually('the request is there', async () =>
    (await workersOf(running)).some(({ connections }) => connections > 0),
  );
  const ended = once(running.process, 'exit');
  const stopped = running.control.stop({});
  const answer = await slow;
  assert.equal(answer.status, 200);
  assert.equal(((await answer.json()) as { waited: number }).waited, 1500);
  assert.deepEqual(await stopped, { workers: 2 });
  assert.deepEqual(await ended, [0, null]);
});

test('an app that ignores SIGTERM is killed after killTimeout', async (t) => {
  const running = await startRadiant({ app: stubborn, workers: 2, args: ['--kill-timeout', '1s'] });
  t.after(() => running.stop());
  const pids = (await workersOf(running)).map(({ pid }) => pid);
  const started = Date.now();
  await running.control.stop({});
  const took = Date.now() - started;
  assert.ok(took >= 900, `took ${took} ms`);
  for (const pid of pids) assert.ok(!existsSync(`/proc/${pid}`));
});

test('a second SIGTERM ends at once', async (t) => {
  const running = await startRadiant({ app: stubborn, workers: 2, args: ['--kill-timeout', '60s'] });
  t.after(() => running.stop());
  const pids = (await workersOf(running)).map(({ pid }) => pid);
  const closed = once(running.process, 'close');
  running.process.kill('SIGTERM');
  await running.printed(/once more/);
  await eventually('the workers are asked to stop', async () =>
    (await workersOf(running)).every(({ state }) => state === 'stopping'),
  );
  running.process.kill('SIGTERM');
  await closed;
  for (const pid of pids) assert.ok(!existsSync(`/proc/${pid}`));
});

test('a dead worker is replaced, and the leader moves on', async (t) => {
  const running = await startRadiant({ app, workers: 3 });
  t.after(() => running.stop());
  const [first] = await leaders(running);
  const { seen } = await running.event(({ type }) => type === 'exit');
  process.kill(first!, 'SIGKILL');
  await seen;
  await eventually('all are ready again', () => allReady(running, 3));
  const now = await leaders(running);
  assert.equal(now.length, 1);
  assert.notEqual(now[0], first);
  const restarts = (await workersOf(running)).map((worker) => worker.restarts);
  assert.equal(
    restarts.reduce((sum, count) => sum + count),
    1,
  );
});

test('no worker for queueTimeout: 503, and answers again after', async (t) => {
  const args = ['--queue-timeout', '500ms'];
  const running = await startRadiant({ app: stubborn, workers: 1, args });
  t.after(() => running.stop());
  const gone = await eventually('503', async () => {
    // Each worker crashes as soon as it is asked, so the slot is soon waiting for its retry.
    await fetch(`${running.url}/crash`).catch(() => {});
    const answer = await fetch(running.url).catch(() => undefined);
    return answer?.status === 503 ? answer : undefined;
  });
  assert.match(gone.headers.get('retry-after')!, /^\d+$/);
  await eventually(
    'answers again',
    async () => (await fetch(running.url).catch(() => {}))?.status === 200,
    120_000,
  );
});

test('an app that crashes again and again is failing, with the reason', async (t) => {
  const running = await startRadiant({ app: stubborn, workers: 1 });
  t.after(() => running.stop());
  const failing = await eventually(
    'failing',
    async () => {
      await fetch(`${running.url}/crash`, { signal: AbortSignal.timeout(500) }).catch(() => {});
      return (await workersOf(running)).find(({ state }) => state === 'failing');
    },
    120_000,
  );
  assert.equal(failing.lastExit!.reason, 'exited with code 3');
  assert.match(failing.lastExit!.output.join('\n'), /the last words/);
});

test('detached: starts, tells, restarts at SIGHUP, stops', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'rad-detached-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const radiant = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, RADIANT_HOME: home, NO_COLOR: '1' };
    return (await promisify(execFile)(process.execPath, [cli, ...args], { env })).stdout;
  };
  const port = String(await freePort());
  await radiant('start', app, '--name', 'far', '--port', port, '--workers', '2', '--detach');
  t.after(() => radiant('stop', '--name', 'far').catch(() => {}));
  const status = async (): Promise<Status> =>
    JSON.parse(await radiant('status', '--name', 'far', '--json')) as Status;
  const first = await status();
  assert.equal(first.state, 'running');
  const load = new HttpLoad(`http://127.0.0.1:${port}/api/whoami`, { keepAlive: 4, fresh: 2 });
  t.after(() => load.stop());

  const old = first.workers.map(({ pid }) => pid);
  process.kill(first.supervisor.pid, 'SIGHUP');
  await eventually('every worker is new', async () => {
    const { workers } = await status();
    return workers.length === 2 && workers.every(({ pid, state }) => state === 'ready' && !old.includes(pid));
  });
  await load.stop();
  assert.deepEqual(load.failures, []);

  const last = await status();
  await radiant('stop', '--name', 'far');
  for (const { pid } of last.workers) assert.ok(!existsSync(`/proc/${pid}`));
  await assert.rejects(radiant('status', '--name', 'far'), { code: 3 });
});

test('a slot whose workers do not start any more fails only what waits for it', async (t) => {
  const folder = await testFolder(t);
  const picky = fileURLToPath(new URL('apps/picky.cjs', import.meta.url));
  const running = await startRadiant({ app: picky, workers: 2, env: { PICKY: folder } });
  t.after(() => running.stop());
  await writeFile(join(folder, '1'), '');
  const retried = await running.event((event) => event.type === 'exit' && event.reason.includes('code 3'));
  process.kill((await workersOf(running))[0]!.pid!, 'SIGKILL');
  await retried.seen;
  const again = await running.event((event) => event.type === 'exit' && event.reason.includes('code 3'));
  assert.partialDeepStrictEqual(await running.control.scale({ workers: 3 }), { before: 2, workers: 3 });
  assert.equal((await running.control.replace({ worker: 2 })).worker, 2);
  await again.seen;
  assert.partialDeepStrictEqual(await running.control.scale({ workers: 2 }), { before: 3, workers: 2 });
  await writeFile(join(folder, '4'), '');
  await assert.rejects(running.control.scale({ workers: 4 }), /slot 4 exited with code 3; back to 2/);
  await assert.rejects(running.control.restart({}), /slot 1 exited with code 3; the old workers go on/);
});
