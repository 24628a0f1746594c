import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import type { FleetEvent } from '../../src/running/events.ts';
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
  // Whoever starts last is the first spare.
  const spare = await eventually('there is a spare', async () =>
    (await running.status()).workers.find(({ state }) => state === 'spare'),
  );
  const serving = [1, 2, 3].filter((slot) => slot !== spare.slot);
  assert.deepEqual(
    await states(),
    [1, 2, 3].map((slot) => `${slot} ${slot === spare.slot ? 'spare' : 'ready'}`),
  );

  const sockets = Array.from({ length: 12 }, () => new WebSocket(running.url.replace('http', 'ws')));
  t.after(() => sockets.forEach((socket) => socket.terminate()));
  await Promise.all(sockets.map((socket) => once(socket, 'message')));
  await eventually('all clients are in the two workers', async () => {
    const { workers } = await running.status();
    const clients = (slot: number): number => workers[slot - 1]!.websockets;
    assert.equal(clients(spare.slot), 0, 'the spare has none');
    return clients(serving[0]!) + clients(serving[1]!) === 12;
  });

  const dies = (await running.status()).workers.find(({ slot }) => slot === serving[0])!;
  const before = events.length;
  process.kill(dies.pid!, 'SIGKILL');
  await eventually('there is a spare again', async () => (await states()).includes(`${dies.slot} spare`));
  const order = await eventually('all of it is told', () => {
    const told = events.slice(before).filter(({ type }) => ['exit', 'promoted', 'ready'].includes(type));
    const lines = told.map((event) => `${event.type} ${'slot' in event ? event.slot : ''}`);
    return lines.length >= 3 ? lines : undefined;
  });
  assert.deepEqual(order, [`exit ${dies.slot}`, `promoted ${spare.slot}`, `ready ${dies.slot}`]);
  const client = new WebSocket(running.url.replace('http', 'ws'));
  t.after(() => client.terminate());
  await once(client, 'message');
  await eventually('a new client comes to it', async () => {
    const now = (await running.status()).workers.find((worker) => worker.pid === spare.pid)!;
    return now.websockets === 1;
  });

  await running.control.scale({ workers: 3 });
  assert.deepEqual(await states(), ['1 ready', '2 ready', '3 ready', '4 spare']);
  await running.control.replace({ worker: 4 });
  assert.deepEqual(await states(), ['1 ready', '2 ready', '3 ready', '4 spare']);
  await running.control.restart({});
  assert.deepEqual(await states(), ['1 ready', '2 ready', '3 ready', '4 spare']);
  await running.control.scale({ workers: 1 });
  assert.deepEqual(await states(), ['1 ready', '2 spare']);
});
