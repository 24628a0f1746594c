import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { ask, type Answer } from '../support/ask.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { serving, testFolder } from '../support/tiny-apps.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

const affinities = ['none', 'session'];

const maintenance = (
  running: RunningApp,
  ...args: string[]
): Promise<{ code: number | null; output: string }> => runCommand(running, ['maintenance', ...args]);

/** Several connections, so that each worker answers some. */
const several = (url: string): Promise<Answer[]> => Promise.all(Array.from({ length: 12 }, () => ask(url)));

async function isUp(url: string, page: RegExp, retryAfter = '300'): Promise<void> {
  for (const { status, headers, body } of await several(url)) {
    assert.equal(status, 503);
    assert.equal(headers['retry-after'], retryAfter);
    assert.equal(headers['cache-control'], 'no-store');
    assert.match(body, page);
  }
}

/** The status that a WebSocket is refused with; 101 when it opens. */
async function upgraded(url: string): Promise<number> {
  const socket = new WebSocket(url.replace('http', 'ws'), { rejectUnauthorized: false });
  socket.on('error', () => {});
  const opened = once(socket, 'open').then(() => 101);
  const refused = once(socket, 'unexpected-response').then(
    ([, response]) => (response as http.IncomingMessage).statusCode!,
  );
  const status = await Promise.race([opened, refused]);
  socket.terminate();
  return status;
}

async function started(t: TestContext, args: string[]): Promise<RunningApp> {
  const running = await startRadiant({ app, args });
  t.after(() => running.stop());
  return running;
}

test('the maintenance page outlives supervisors, workers and restarts, and open WebSockets stay', async (t) => {
  const running = await started(t, ['--health-path', '/api/whoami']);
  const open = new WebSocket(running.url.replace('http', 'ws'));
  t.after(() => open.terminate());
  await once(open, 'message');

  const { seen } = await running.event(({ type }) => type === 'maintenance');
  const said = await maintenance(running, 'on');
  assert.equal(said.code, 0, said.output);
  assert.match(said.output, /visitors get the maintenance page/);
  await seen;
  await isUp(`${running.url}/`, /back soon/);
  assert.equal(await upgraded(running.url), 503);
  const health = await ask(`${running.url}/api/whoami?x`);
  assert.equal(health.status, 200, 'balancers still find the app well');
  assert.equal((await running.status()).maintenance?.ownPage, false);
  const { output } = await runCommand(running, ['status']);
  assert.match(output, /maintenance since .* \(503, Retry-After 300\); open sessions stay/);

  assert.equal(open.readyState, WebSocket.OPEN);

  const pids = await serving(running);
  await running.control.restart({});
  assert.notDeepEqual(await serving(running), pids);
  await isUp(`${running.url}/`, /back soon/);

  const { supervisor } = await running.status();
  process.kill(supervisor.pid, 'SIGKILL');
  await isUp(`${running.url}/`, /back soon/);
  const next = await eventually('another supervisor', async () => {
    const status = await running.status().catch(() => undefined);
    return status?.supervisor.pid === supervisor.pid ? undefined : status;
  });
  assert.equal(next.maintenance?.retryAfter, 300);
  await eventually('new workers', async () =>
    (await running.status()).workers.every(
      ({ state, uptimeSeconds }) => state === 'ready' && uptimeSeconds < 60,
    ),
  );
  await isUp(`${running.url}/`, /back soon/);

  const file = join(await testFolder(t), 'own.html');
  await writeFile(file, '<h1>Umbau</h1>');
  assert.equal((await maintenance(running, 'on', '--page', file, '--retry-after', '60')).code, 0);
  await isUp(`${running.url}/`, /^<h1>Umbau<\/h1>$/, '60');

  assert.equal((await maintenance(running, 'off')).code, 0);
  for (const { status } of await several(`${running.url}/`)) assert.equal(status, 200);
  assert.equal(await upgraded(running.url), 101);
  assert.equal((await running.status()).maintenance, undefined);
});

test('the maintenance page outlives a deploy, a stop and a start, and operators see that it is up', async (t) => {
  const folder = await testFolder(t);
  const settings = join(folder, 'settings.json');
  await writeFile(settings, '{"a":1}');
  const first = await startRadiant({ app });
  let running = first;
  t.after(() => running.stop());
  const visitors: Answer[] = [];
  await first.control.maintain({ on: true, retryAfter: 300, close: false });
  const deploy = runCommand(first, ['deploy', '--settings', settings, '--watch', '0']);
  const during = { deploying: true };
  void deploy.finally(() => (during.deploying = false));
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  while (during.deploying) visitors.push(await ask(`${first.url}/`));
  const { code, output } = await deploy;
  assert.equal(code, 0, output);
  assert.equal((await first.status()).release, 2);
  for (const { status } of visitors)
    assert.equal(status, 503, 'nobody saw the app in the middle of the deploy');
  await isUp(`${first.url}/`, /back soon/);

  const ended = once(first.process, 'exit');
  first.process.kill('SIGTERM');
  await ended;
  const second = await startRadiant({ app, at: first });
  running = second;
  await isUp(`${second.url}/`, /back soon/);
  for (const verb of [['status'], ['top', '--once']]) {
    // oxlint-disable-next-line no-await-in-loop
    assert.match((await runCommand(second, verb)).output, /maintenance/, verb.join(' '));
  }
  assert.equal((await maintenance(second, 'off')).code, 0);
  for (const { status } of await several(`${second.url}/`)) assert.equal(status, 200);
});

test('with the other affinities, in the clear and over TLS', async (t) => {
  const pair = makeCertificate(await testFolder(t), 'first', '127.0.0.1');
  for (const [index, affinity] of affinities.entries()) {
    const args = ['--affinity', affinity, ...(index === 0 ? tlsArgs(pair) : [])];
    // oxlint-disable-next-line no-await-in-loop -- one app after the other: there are few cores
    const running = await startRadiant({ app, args });
    try {
      const request = { on: true, retryAfter: 7, close: false };
      // oxlint-disable-next-line no-await-in-loop
      await running.control.maintain(request);
      // oxlint-disable-next-line no-await-in-loop
      await isUp(`${running.url}/api/whoami`, /back soon/, '7');
      // oxlint-disable-next-line no-await-in-loop
      assert.equal(await upgraded(running.url), 503);
    } finally {
      // oxlint-disable-next-line no-await-in-loop
      await running.stop();
    }
  }
});

test('sessions that poll go on, new ones do not begin; --close ends them all', async (t) => {
  const running = await startRadiant({ app: fileURLToPath(new URL('apps/polling.cjs', import.meta.url)) });
  t.after(() => running.stop());
  const post = (session: string, transport: string, body?: string): Promise<Answer> =>
    ask(`${running.url}/echo/123/${session}/${transport}`, { method: 'POST' }, body);
  const open = (session: string): Promise<Answer> => post(session, 'xhr');
  const send = (session: string): Promise<Answer> => post(session, 'xhr_send', '["x"]');
  const known = Array.from({ length: 6 }, (_, i) => `known${i}`);
  for (const { body } of await Promise.all(known.map(open))) assert.equal(body, 'o\n');
  await running.control.maintain({ on: true, retryAfter: 9, close: false });
  const fresh = Array.from({ length: 6 }, (_, i) => `fresh${i}`);
  for (const { status } of await Promise.all(known.map(send))) assert.equal(status, 204);
  for (const { status } of await Promise.all(fresh.map(open))) assert.equal(status, 503);
  for (const { status } of await Promise.all(fresh.map(open)))
    assert.equal(status, 503, 'nor at their second try');

  await running.control.maintain({ on: false, retryAfter: 9, close: false });
  const staying = new WebSocket(`${running.url.replace('http', 'ws')}/echo/websocket`);
  t.after(() => staying.terminate());
  await once(staying, 'open');
  const closed = once(staying, 'close');
  await running.control.maintain({ on: true, retryAfter: 9, close: true });
  assert.equal((await closed)[0], 1012);
  for (const { status } of await Promise.all(known.map(send))) assert.equal(status, 503);
});

test('bad input gets one clear error', async (t) => {
  const running = await started(t, []);
  const folder = await testFolder(t);
  await writeFile(join(folder, 'empty.html'), '\n');
  await writeFile(join(folder, 'large.html'), 'x'.repeat(300_000));
  const wrong: [string[], RegExp][] = [
    [['maybe'], /maintenance cannot be "maybe"/],
    [[], /is missing/],
    [['on', '--retry-after', 'soon'], /--retry-after: "soon" is not a number of seconds/],
    [['on', '--page', join(folder, 'none.html')], /--page: .*none\.html cannot be read/],
    [['on', '--page', join(folder, 'empty.html')], /empty\.html is empty/],
    [['on', '--page', join(folder, 'large.html')], /large\.html has 300000 bytes/],
    [['off', '--close'], /maintenance off takes no --close/],
  ];
  for (const [args, message] of wrong) {
    // oxlint-disable-next-line no-await-in-loop
    const { code, output } = await maintenance(running, ...args);
    assert.equal(code, 64, args.join(' '));
    assert.match(output, message);
  }
  assert.equal((await running.status()).maintenance, undefined);
});
