import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FleetEvent } from '../../src/running/events.ts';
import { appNodes } from '../fixtures/nodes.ts';
import { eventually } from '../support/eventually.ts';
import { connect } from '../support/ddp-client.ts';
import { nodeWithFaultyAgent } from '../support/faulty-agent.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { Scrape } from '../support/scrape.ts';
import { lives, serving, testFolder } from '../support/tiny-apps.ts';

const script = fileURLToPath(new URL('apps/faulted.cjs', import.meta.url));
const get = (path: string, ...fields: string[]): string =>
  `${[`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...fields].join('\r\n')}\r\n\r\n`;
const upgrade = 'GET /websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const post = `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`;

/** What makes an agent pass each entry, and whether its failure there ends the connection. */
const entries: Record<string, { bytes: string; ends: boolean }> = {
  request: { bytes: get('/'), ends: true },
  connection: { bytes: get('/'), ends: true },
  upgrade: { bytes: upgrade, ends: true },
  body: { bytes: post, ends: true },
  answer: { bytes: get('/engine.io/?EIO=4&transport=polling'), ends: true },
  stream: { bytes: post.replace('Host: x', 'Host: x\r\nCookie: radiant-app=1.1'), ends: true },
  head: { bytes: get('/', 'Accept: text/html'), ends: false },
  socket: { bytes: get('/'), ends: false },
  // It is offered to another worker, and served where it came from at last.
  handle: { bytes: get('/', 'Cookie: radiant-app=1.1'), ends: false },
  listen: { bytes: get('/listen'), ends: false },
  timer: { bytes: get('/'), ends: false },
  message: { bytes: get('/'), ends: false },
  // Each scrape asks for what was measured, which is promised.
  promise: { bytes: get('/'), ends: false },
};

/** False when the connection ends without an answer. */
async function isAnswered(port: number, bytes: string): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  socket.setTimeout(60_000, () => socket.destroy(new Error('no answer')));
  let text = '';
  socket.setEncoding('latin1').on('data', (more: string) => (text += more));
  socket.write(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
  return /^HTTP\/1\.1 (?:200 OK|101 Switching)[^]*(?:pid \d+|welcome)/.test(text);
}

const counted = async (app: RunningApp, entry: string): Promise<number> =>
  (await Scrape.of(app)).sum('radiant_agent_faults_total', { entry });

for (const { version, path } of await appNodes('14.21.3', '26')) {
  test(`what fails in the agent ends one connection, and no worker: Node ${version}`, async (t) => {
    const folder = await testFolder(t);
    const fault = join(folder, 'fault');
    const node = await nodeWithFaultyAgent(folder, path);
    const args = ['--node', node, '--max-body', '1mb'];
    const app = await startRadiant({ app: script, args, env: { FAULT: fault } });
    t.after(() => app.stop());
    const pids = await serving(app);
    const events: string[] = [];
    const watch = await app.control.events((event) => {
      if (event.type === 'fault') events.push(`${event.entry} ${event.stack[0]}`);
    });
    for (const [entry, { bytes, ends }] of Object.entries(entries)) {
      writeFileSync(fault, entry);
      let lost = 0;
      // oxlint-disable-next-line no-await-in-loop -- one entry after the other
      await eventually(`${entry} has failed`, async () => {
        if (!(await isAnswered(app.port, bytes))) lost += 1;
        return (await counted(app, entry)) > 0;
      });
      writeFileSync(fault, '');
      t.diagnostic(`${entry}: ${lost} lost`);
      if (ends) assert.ok(lost > 0 && lost <= pids.length, `${entry}: ${lost} connections ended`);
      else assert.equal(lost, 0, `${entry}: no connection ended`);
      // oxlint-disable-next-line no-await-in-loop
      assert.ok(await isAnswered(app.port, get('/')));
      assert.ok(pids.every(lives), `all workers live after a failure in ${entry}`);
    }
    watch.close();
    assert.ok(pids.every(lives), 'all workers live after a failure in close');
    for (const entry of ['request', 'connection', 'upgrade']) {
      assert.ok(events.includes(`${entry} Error: injected into ${entry}`), `${entry}: ${events.join(', ')}`);
    }
    assert.doesNotMatch(app.output(), /ended: /);
  });
}

test('what fails in the agent while an app closes its server ends no worker', async (t) => {
  const folder = await testFolder(t);
  const fault = join(folder, 'fault');
  const args = ['--node', await nodeWithFaultyAgent(folder, process.execPath)];
  const app = await startRadiant({ app: script, args, env: { FAULT: fault } });
  t.after(() => app.stop());
  const pids = await serving(app);
  writeFileSync(fault, 'close');
  const { seen } = await app.event(({ type }) => type === 'fault');
  await isAnswered(app.port, get('/close'));
  const event = (await seen) as Extract<FleetEvent, { type: 'fault' }>;
  assert.equal(`${event.entry} ${event.stack[0]}`, 'close Error: injected into close');
  assert.ok(pids.every(lives));
});

test('what fails in the agent ends no DDP session, and one file at most', async (t) => {
  const folder = await testFolder(t);
  const fault = join(folder, 'fault');
  const { path } = await meteorBundle();
  const args = ['--node', await nodeWithFaultyAgent(folder, process.execPath)];
  const app = await startRadiant({ app: path, workers: 1, args, env: { FAULT: fault } });
  t.after(() => app.stop());
  const client = await connect(app.url);
  writeFileSync(fault, 'ddp');
  await eventually('ddp has failed', async () => {
    await client.call('increment', 'a key');
    return (await counted(app, 'ddp')) > 0;
  });
  await client.call('increment', 'another key');
  await client.close();

  const page = await (await fetch(app.url)).text();
  const [, file] = /"(\/[\da-f]{40}\.js\?meteor_js_resource=true)"/.exec(page)!;
  const load = async (): Promise<number> => (await (await fetch(app.url + file!)).arrayBuffer()).byteLength;
  const size = await load();
  writeFileSync(fault, 'file');
  let cut = 0;
  await eventually('file has failed', async () => {
    const got = await load().catch(() => undefined);
    if (got === undefined) cut += 1;
    else assert.equal(got, size);
    return (await counted(app, 'file')) > 0;
  });
  assert.ok(cut <= 1, `${cut} answers were cut off`);
  assert.equal(await load(), size);
  assert.doesNotMatch(app.output(), /ended: /);
});
