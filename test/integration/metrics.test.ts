import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { appNodes } from '../fixtures/nodes.ts';
import { connect } from '../support/ddp-client.ts';
import { eventually } from '../support/eventually.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { Scrape, scrapeText } from '../support/scrape.ts';

const nodeApp = fileURLToPath(new URL('../../examples/node-app', import.meta.url));
const httpApp = fileURLToPath(new URL('../fixtures/http-app.cjs', import.meta.url));

async function ask(running: RunningApp, times: number, path = '/'): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await (await fetch(`${running.url}${path}`)).arrayBuffer();
  }
}

/** An answer counts when it is closed, which its client cannot see. */
const requestsReach = (running: RunningApp, count: number, labels = {}): Promise<Scrape> =>
  eventually(`${count} requests are counted`, async () => {
    const scrape = await Scrape.of(running);
    return scrape.sum('radiant_http_requests_total', labels) === count ? scrape : undefined;
  });

const promtool = async (text: string): Promise<{ code: number; output: string }> => {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => (output += more));
  child.stdin.end(text);
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
};

test('one scrape covers all workers, and no counter goes backwards when one is killed', async (t) => {
  const running = await startRadiant({ app: nodeApp, workers: 2 });
  t.after(() => running.stop());
  await ask(running, 12);
  await ask(running, 3, '/nope');
  const socket = new WebSocket(running.url.replace('http', 'ws'));
  await once(socket, 'message');
  const before = await requestsReach(running, 15);
  assert.equal(before.sum('radiant_http_requests_total', { status: '2xx' }), 12);
  assert.equal(before.sum('radiant_http_requests_total', { status: '4xx' }), 3);
  assert.equal(before.sum('radiant_http_request_duration_seconds_count'), 15);
  assert.equal(before.sum('radiant_release_http_requests_total', { release: '1' }), 15);
  assert.equal(before.sum('radiant_websockets'), 1);
  assert.equal(before.sum('radiant_websockets_opened_total'), 1);
  assert.ok(before.sum('radiant_sent_bytes_total') > 15 * 100);
  assert.ok(before.sum('radiant_received_bytes_total') > 15 * 50);
  assert.equal(before.sum('radiant_workers', { state: 'ready' }), 2);
  assert.equal(before.sum('radiant_worker_starts_total', { cause: 'start' }), 2);
  // A busy machine may leave a worker no idle time at first.
  await eventually('each process is measured', async () => {
    const scrape = await Scrape.of(running);
    const names = ['heap_used_bytes', 'resident_memory_bytes', 'event_loop_idle_seconds_total'];
    return ['1', '2'].every((slot) => names.every((name) => scrape.sum(`radiant_${name}`, { slot }) > 0));
  });
  const lint = await promtool(await scrapeText(running));
  assert.deepEqual(lint, { code: 0, output: '' });

  const { workers } = await running.status();
  for (const { pid } of workers) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: somebody must answer
    const exit = await running.event((event) => event.type === 'ready');
    process.kill(pid!, 'SIGKILL');
    // oxlint-disable-next-line no-await-in-loop
    await exit.seen;
  }
  const after = await Scrape.of(running);
  assert.deepEqual(after.wentBackwards(before), []);
  assert.equal(after.sum('radiant_http_requests_total'), 15);
  assert.equal(after.sum('radiant_websockets'), 0);
  assert.equal(after.sum('radiant_worker_exits_total', { reason: 'killed' }), 2);
  assert.equal(after.sum('radiant_worker_starts_total', { cause: 'died' }), 2);
  await ask(running, 5);
  await requestsReach(running, 20);
});

/** Asks with the cookie of a slot, on a connection of its own. */
function askSlot(running: RunningApp, cookie: string, slot: number, body?: string): Promise<unknown> {
  const headers = { cookie: cookie.replace(/=\d+/, `=${slot}`), connection: 'close' };
  const method = body === undefined ? 'GET' : 'POST';
  return fetch(`${running.url}/api/whoami`, { method, headers, ...(body !== undefined && { body }) }).then(
    (answer) => answer.arrayBuffer(),
  );
}

test('a request counts once, whoever answers it', async (t) => {
  const running = await startRadiant({ app: nodeApp, workers: 2 });
  t.after(() => running.stop());
  const page = await fetch(`${running.url}/api/whoami`, { headers: { accept: 'text/html' } });
  await page.arrayBuffer();
  const cookie = page.headers.getSetCookie()[0]!.split(';')[0]!;
  // Whichever worker accepts, one of the two belongs to the other.
  for (const body of [undefined, 'text']) {
    for (let i = 0; i < 10; i += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await askSlot(running, cookie, ((i >> 1) % 2) + 1, body);
    }
  }
  const scrape = await requestsReach(running, 21);
  const of = (kind: string): number => scrape.sum('radiant_http_requests_total', { kind });
  assert.ok(of('moved') > 0 && of('forwarded') > 0, `${of('moved')} moved, ${of('forwarded')} forwarded`);
  assert.equal(of('kept') + of('moved') + of('forwarded'), 21);
  assert.equal(scrape.sum('radiant_moves_sent_total'), of('moved'));
  assert.equal(scrape.sum('radiant_moves_taken_total'), of('moved'));
  assert.equal(scrape.sum('radiant_connections_opened_total', { origin: 'moved' }), of('moved'));
  assert.ok(scrape.sum('radiant_http_sibling_requests_total') >= of('forwarded'));
});

test('a worker that hangs does not keep a scrape from ending: its last figures count', async (t) => {
  const running = await startRadiant({ app: nodeApp, workers: 2 });
  t.after(() => running.stop());
  await ask(running, 4);
  await requestsReach(running, 4);
  const pid = (await running.status()).workers[0]!.pid!;
  process.kill(pid, 'SIGSTOP');
  const scrape = await Scrape.of(running).finally(() => process.kill(pid, 'SIGCONT'));
  assert.equal(scrape.sum('radiant_http_requests_total'), 4);
  assert.ok(scrape.sum('radiant_worker_snapshot_age_seconds', { slot: '1' }) > 0);
});

test('methods, subscriptions and sessions of a Meteor app are counted, by name', async (t) => {
  const bundle = await meteorBundle();
  const running = await startRadiant({ app: bundle.path, workers: 2 });
  t.after(() => running.stop());
  const client = await connect(running.url);
  await client.call('echo', 1);
  await client.call('echo', 2);
  await assert.rejects(client.call('made up', 1));
  await client.subscribe('burst');
  await assert.rejects(client.subscribe('made up'));
  const scrape = await Scrape.of(running);
  assert.equal(scrape.sum('radiant_ddp_sessions'), 1);
  assert.equal(scrape.sum('radiant_ddp_sessions_opened_total'), 1);
  assert.equal(scrape.sum('radiant_ddp_methods_total', { method: 'echo' }), 2);
  assert.equal(scrape.sum('radiant_ddp_method_errors_total', { method: 'echo' }), 0);
  assert.equal(scrape.sum('radiant_ddp_methods_total', { method: 'other' }), 1);
  assert.equal(scrape.sum('radiant_ddp_method_errors_total', { method: 'other' }), 1);
  assert.equal(scrape.sum('radiant_ddp_method_duration_seconds_count'), 3);
  assert.equal(scrape.sum('radiant_ddp_subscriptions_total', { publication: 'burst' }), 1);
  assert.equal(scrape.sum('radiant_ddp_subscription_errors_total', { publication: 'other' }), 1);
  await client.close();
});

/** What Node and V8 tell of the process. */
const figures = [
  'event_loop_idle_seconds_total',
  'heap_limit_bytes',
  'cpu_seconds_total',
  'sent_bytes_total',
  'gc_seconds_total',
];

test('every Node that an app may run on can be measured', async (t) => {
  for (const { version, path } of await appNodes()) {
    // oxlint-disable-next-line no-await-in-loop -- one app after the other
    await t.test(version, async (each) => {
      const running = await startRadiant({ app: httpApp, args: ['--node', path], workers: 1 });
      each.after(() => running.stop());
      await ask(running, 3);
      const scrape = await requestsReach(running, 3);
      assert.equal(scrape.sum('radiant_worker_info', { node: version }), 1);
      // A busy machine may leave a worker neither idle time nor garbage to collect at once.
      await eventually('everything of the process is measured', async () => {
        await ask(running, 50);
        const measured = await Scrape.of(running);
        return figures.every((name) => measured.sum(`radiant_${name}`) > 0);
      });
    });
  }
});
