import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import type { FleetEvent } from '../../src/supervisor/types.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

async function configFile(t: TestContext, config: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rad-scaling-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'radiant.config.json');
  await writeFile(path, JSON.stringify(config));
  return path;
}

async function openSocket(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  await once(socket, 'message');
  return socket;
}

const ready = async (running: RunningApp): Promise<number> =>
  (await running.status()).workers.filter(({ state }) => state === 'ready').length;

test('the number of workers follows the sessions, within its limits', async (t) => {
  const workers = {
    min: 1,
    max: 3,
    // The event loops of a machine that does other things too tell nothing here.
    target: { eventLoop: 1, sessions: 5, memory: 1 },
    cooldown: { up: '2s', down: '3s' },
  };
  const running = await startRadiant({
    app,
    args: ['--config', await configFile(t, { workers })],
    workers: null,
  });
  t.after(() => running.stop());
  const events: FleetEvent[] = [];
  const stream = await running.control.events((event) => events.push(event));
  t.after(() => stream.close());
  assert.equal(await ready(running), 1, 'it starts with min');

  const sockets = await Promise.all(Array.from({ length: 20 }, () => openSocket(running.url)));
  await eventually('three workers are ready', async () => (await ready(running)) === 3);
  const { wanted, automatic, last } = (await running.status()).scaling;
  assert.deepEqual([wanted, automatic?.min, automatic?.max], [3, 1, 3]);
  assert.deepEqual([last?.from, last?.to], [1, 3]);
  assert.match(last!.reason, /20 sessions of each worker, 5 are aimed at/);
  assert.match(events.find((event) => event.type === 'limit')?.text ?? '', /4 workers are needed .*max is 3/);
  await assert.rejects(running.control.scale({ workers: 4 }), /scales itself between 1 and 3/);

  for (const socket of sockets) socket.close();
  await eventually('one worker is left', async () => {
    const { workers: now } = await running.status();
    return now.length === 1 && now[0]!.slot === 1;
  });
  const sizes = events.flatMap((event) => (event.type === 'scaled' ? [[event.from, event.to]] : []));
  assert.deepEqual(sizes, [
    [1, 3],
    [3, 2],
    [2, 1],
  ]);
  const ends = events.flatMap((event) => (event.type === 'exit' ? [event.expected] : []));
  assert.deepEqual(ends, [true, true]);
  const causes = events.flatMap((event) => (event.type === 'starting' ? [event.cause] : []));
  assert.deepEqual(causes, ['scale', 'scale']);
});

test('by hand within the limits, and the next supervisor goes on from there', async (t) => {
  const config = await configFile(t, { workers: { min: 1, max: 3, target: { eventLoop: 1 } } });
  const running = await startRadiant({ app, args: ['--config', config], workers: null });
  t.after(() => running.stop());
  assert.deepEqual(await running.control.scale({ workers: 2 }), { before: 1, workers: 2 });
  assert.match((await running.status()).scaling.last!.reason, /by hand/);
  const { pid } = (await running.status()).supervisor;
  process.kill(pid, 'SIGKILL');
  const after = await eventually('another supervisor', async () => {
    const status = await running.status().catch(() => undefined);
    return status !== undefined && status.supervisor.pid !== pid ? status : undefined;
  });
  assert.deepEqual([after.scaling.wanted, after.scaling.automatic?.max], [2, 3]);
});
