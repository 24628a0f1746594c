import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { startRadiant } from '../support/radiant.ts';
import { Scrape } from '../support/scrape.ts';

const app = fileURLToPath(new URL('../fixtures/metrics-app.cjs', import.meta.url));

test("the app's own metrics come in the same scrape, and outlive a worker that is killed", async (t) => {
  const running = await startRadiant({ app, workers: 2 });
  t.after(() => running.stop());
  const order = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await (await fetch(`${running.url}/order`)).arrayBuffer();
    }
  };
  /** A scrape that has all: it waits a second for a worker, and goes on with what it knows. */
  const scrape = (orders: number): Promise<Scrape> =>
    eventually(`a scrape with ${orders} orders of both workers`, async () => {
      const now = await Scrape.of(running);
      const told = [1, 2].every((slot) => now.series.has(`shop_queue{slot="${slot}"}`));
      return told && now.sum('shop_orders_total') >= orders ? now : undefined;
    });
  await order(6);
  const before = await scrape(6);
  assert.equal(before.sum('shop_orders_total'), 6);
  assert.equal(before.sum('shop_wait_seconds_count'), 6);
  assert.equal(before.sum('shop_wait_seconds_bucket', { le: '0.1' }), 0);
  assert.equal(before.sum('shop_wait_seconds_bucket', { le: '1' }), 6);
  assert.equal(before.series.get('shop_queue{slot="1"}'), 4, 'a registry that the app names');
  assert.equal(before.series.get('shop_queue{slot="2"}'), 4);
  assert.equal(before.sum('radiant_workers', { state: 'ready' }), 2, 'no metric of ours is overwritten');
  assert.ok(before.sum('radiant_app_registry_errors_total') >= 2, 'a broken registry is told of');

  for (const { pid } of (await running.status()).workers) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const ready = await running.event((event) => event.type === 'ready');
    process.kill(pid!, 'SIGKILL');
    // oxlint-disable-next-line no-await-in-loop
    await ready.seen;
  }
  await order(2);
  const after = await scrape(8);
  assert.deepEqual(after.wentBackwards(before), []);
  assert.equal(after.sum('shop_orders_total'), 8);
  assert.equal(after.sum('shop_wait_seconds_bucket', { le: '+Inf' }), 8);
});
