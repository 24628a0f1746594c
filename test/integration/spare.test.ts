import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import type { FleetEvent } from '../../src/supervisor/types.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant } from '../support/radiant.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

test('a spare takes the place of a worker that dies, before the next one has started', async (t) => {
  const running = await startRadiant({ app, workers: 2, args: ['--spare', '1'] });
  t.after(() => running.stop());
  const events: FleetEvent[] = [];
  const stream = await running.control.events((event) => events.push(event));
  t.after(() => stream.close());
  const states = async (): Promise<string[]> =>
    (await running.status()).workers.map(({ slot, state }) => `${slot} ${state}`);
  await eventually('the spare has started', async () => (await states()).includes('3 spare'));
  assert.deepEqual(await states(), ['1 ready', '2 ready', '3 spare']);

  const sockets = Array.from({ length: 12 }, () => new WebSocket(running.url.replace('http', 'ws')));
  t.after(() => sockets.forEach((socket) => socket.terminate()));
  await Promise.all(sockets.map((socket) => once(socket, 'message')));
  await eventually('all clients are in the two workers', async () => {
    const { workers } = await running.status();
    assert.equal(workers[2]!.websockets, 0, 'the spare has none');
    return workers[0]!.websockets + workers[1]!.websockets === 12;
  });

  const { pid } = (await running.status()).workers[0]!;
  const spare = (await running.status()).workers[2]!;
  const before = events.length;
  process.kill(pid!, 'SIGKILL');
  await eventually(
    'there is a spare again',
    async () => (await states()).join() === '1 spare,2 ready,3 ready',
  );
  const order = events
    .slice(before)
    .filter(({ type }) => ['exit', 'promoted', 'ready'].includes(type))
    .map((event) => `${event.type} ${'slot' in event ? event.slot : ''}`);
  assert.deepEqual(order, ['exit 1', 'promoted 3', 'ready 1']);
  const client = new WebSocket(running.url.replace('http', 'ws'));
  t.after(() => client.terminate());
  await once(client, 'message');
  await eventually('a new client comes to it', async () => {
    const now = (await running.status()).workers.find((worker) => worker.pid === spare.pid)!;
    return now.websockets === 1;
  });

  await running.control.scale({ workers: 3 });
  assert.deepEqual(await states(), ['1 ready', '2 ready', '3 ready', '4 spare']);
  await running.control.drain({ worker: 4 });
  assert.deepEqual(await states(), ['1 ready', '2 ready', '3 ready', '4 spare']);
  await running.control.restart({});
  assert.deepEqual(await states(), ['1 ready', '2 ready', '3 ready', '4 spare']);
  await running.control.scale({ workers: 1 });
  assert.deepEqual(await states(), ['1 ready', '2 spare']);
});
