import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FleetEvent } from '../../src/running/events.ts';
import { eventually } from '../support/eventually.ts';
import { HttpLoad } from '../support/http-load.ts';
import { startRadiant } from '../support/radiant.ts';

const app = fileURLToPath(new URL('apps/leaky.cjs', import.meta.url));
const MiB = 2 ** 20;

/** Of a worker that was told to end. */
const expected = (event: FleetEvent): boolean => event.type === 'exit' && event.expected;

test('a worker that leaks is replaced under load, its successor first, and no request fails', async (t) => {
  const running = await startRadiant({ app, workers: 2, args: ['--max-memory', '160MB'] });
  t.after(() => running.stop());
  const events: FleetEvent[] = [];
  const stream = await running.control.events((event) => events.push(event));
  t.after(() => stream.close());
  const load = new HttpLoad(`${running.url}/leak?mb=1`, { keepAlive: 4, fresh: 2 }, 100);
  t.after(() => load.stop());
  await eventually('somebody was replaced', () => events.some(expected), 120_000);
  await load.stop();
  await eventually('all is as before', async () => {
    const { workers } = await running.status();
    return workers.length === 2 && workers.every(({ state }) => state === 'ready');
  });

  assert.deepEqual(load.failures, []);
  assert.deepEqual(
    events.filter(({ type }) => type === 'retry'),
    [],
    'no crash',
  );
  const memory = events.find((event) => event.type === 'memory')!;
  assert.equal(memory.limitBytes, 160 * MiB);
  assert.ok(memory.rssBytes > memory.limitBytes);
  const of = events.filter(
    (event) => 'slot' in event && event.slot === memory.slot && event.type !== 'output',
  );
  const order = of.slice(of.indexOf(memory)).map(({ type }) => type);
  assert.deepEqual(order.slice(0, 5), ['memory', 'starting', 'ready', 'draining', 'exit']);
  const starting = events.find((event) => event.type === 'starting')!;
  assert.equal(starting.cause, 'memory');
  assert.equal(
    (await running.status()).workers.reduce((sum, { restarts }) => sum + restarts, 0),
    0,
  );
});
