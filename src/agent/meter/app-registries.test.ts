import assert from 'node:assert/strict';
import test from 'node:test';
import { Counter, Histogram, Registry } from 'prom-client';
import { readAppMetrics } from './app-registries.ts';

const none = {};
const registry = (): Registry => new Registry();

test('a registry that the app names is read', async () => {
  const own = registry();
  new Counter({ name: 'orders_total', help: 'Orders', labelNames: ['shop'], registers: [own] }).inc(
    { shop: 'a' },
    3,
  );
  const { families, errors, dropped } = await readAppMetrics([own], none);
  assert.deepEqual(families, [
    {
      name: 'orders_total',
      help: 'Orders',
      kind: 'counter',
      samples: [{ name: 'orders_total', labels: ['shop', 'a'], value: 3 }],
    },
  ]);
  assert.deepEqual([errors, dropped], [0, 0]);
});

test('the registries of clients that are loaded are found, each once', async () => {
  const own = registry();
  new Histogram({ name: 'wait_seconds', help: 'Wait', buckets: [1], registers: [own] }).observe(0.5);
  const modules = {
    '/srv/node_modules/prom-client/index.js': { exports: { register: own } },
    '/srv/node_modules/@prometheus-io/client/index.js': { exports: { register: own } },
    '/srv/node_modules/prom-client/lib/registry.js': { exports: undefined },
    '/srv/node_modules/other/index.js': { exports: { register: { getMetricsAsJSON: assert.fail } } },
  };
  const { families } = await readAppMetrics([own], modules);
  assert.deepEqual(
    families.flatMap(({ samples }) => samples.map(({ name, labels, value }) => [name, labels, value])),
    [
      ['wait_seconds_bucket', ['le', '1'], 1],
      ['wait_seconds_bucket', ['le', '+Inf'], 1],
      ['wait_seconds_sum', [], 0.5],
      ['wait_seconds_count', [], 1],
    ],
  );
});

test('what throws, hangs or gives nonsense costs nothing but itself', async () => {
  const good = {
    getMetricsAsJSON: () => [{ name: 'good', type: 'gauge', values: [{ value: 1 }, { value: Number.NaN }] }],
  };
  const broken = [
    {
      getMetricsAsJSON: () => {
        throw new Error('broken');
      },
    },
    { getMetricsAsJSON: () => Promise.reject(new Error('broken')) },
    { getMetricsAsJSON: () => new Promise(() => {}) },
    { getMetricsAsJSON: () => 'text' },
  ];
  const strange = { getMetricsAsJSON: () => [null, { name: 1, values: [] }, { name: 'x', values: 'none' }] };
  const { families, errors } = await readAppMetrics([...broken, strange, good, null, 'no registry'], none);
  assert.deepEqual(
    families.map(({ name, samples }) => [name, samples.length]),
    [['good', 1]],
  );
  assert.equal(errors, broken.length);
});

const many = (name: string, count: number): object => ({
  name,
  type: 'gauge',
  values: Array.from({ length: count }, (_, i) => ({ value: i, labels: { i } })),
});

test('what is too much is left out, whole metrics at a time', async () => {
  const list = [many('large', 5_000), many('fits', 1_500), many('too_much', 501), many('last', 500)];
  const long = { name: 'long', type: 'gauge', values: [{ value: 1, labels: { text: 'x'.repeat(1e6) } }] };
  const { families, dropped } = await readAppMetrics([{ getMetricsAsJSON: () => [...list, long] }], none);
  assert.deepEqual(
    families.map(({ name }) => name),
    ['fits', 'last'],
  );
  assert.equal(dropped, 5_502);
});
