import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { crowd } from '../support/crowd.ts';
import { connect, transports, type DdpClient, type Transport } from '../support/ddp-client.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant } from '../support/radiant.ts';
import { full } from '../support/full-size.ts';

const sessions = full ? 1000 : 160;
const documents = 50;

interface Session {
  client: DdpClient;
  transport: Transport;
  cookies: boolean;
  pid: number;
  busy: NodeJS.Timeout;
}

/** Connects, calls methods, gets a publication; and all of that by one worker. */
async function open(url: string, index: number): Promise<Session> {
  const transport = transports[index % transports.length]!;
  const cookies = Math.floor(index / transports.length) % 2 === 0;
  const client = await connect(url, { transport, cookies, timeout: 60_000 });
  const calls = Array.from({ length: 5 }, (_, call) => client.call('echo', `${index} ${call}`));
  const [who, subscription, ...echoes] = await Promise.all([
    client.call<{ pid: number }>('whoami'),
    client.subscribe('burst', documents),
    ...calls,
  ]);
  assert.deepEqual(
    echoes,
    calls.map((_, call) => `${index} ${call}`),
  );
  const burst = [...subscription.documents.get('burst')!.values()];
  assert.equal(burst.length, documents);
  for (const { pid } of burst) assert.equal(pid, who.pid);
  return { client, transport, cookies, pid: who.pid, busy: keepBusy(client) };
}

/**
 * A call every two seconds while the others open: an app closes an HTTP connection that is idle for 5 s, and a client
 * that sends on it in that moment gets a reset, from any server. Stopped by `use`.
 */
function keepBusy(client: DdpClient): NodeJS.Timeout {
  return setInterval(() => void client.call('echo', 'busy').catch(() => {}), 2000);
}

/** The session is still where it was, and every frame arrives. */
async function use({ client, pid, busy }: Session): Promise<void> {
  clearInterval(busy);
  const { pid: now } = await client.call<{ pid: number }>('whoami');
  assert.equal(now, pid);
  const counts: unknown[] = [];
  client.on('message', ({ msg, fields }) => msg === 'changed' && counts.push(fields?.count));
  const third = client.next(({ msg, fields }) => msg === 'changed' && fields?.count === 3);
  await Promise.all([client.subscribe('counter'), third]);
  assert.deepEqual(counts, [1, 2, 3]);
}

test(`${sessions} DDP sessions over every transport`, async (t) => {
  const bundle = await meteorBundle();
  const running = await startRadiant({ app: bundle.path, workers: 4 });
  t.after(() => running.stop());

  const started = Date.now();
  const open50 = (index: number): Promise<Session> => open(running.url, index);
  const all = await crowd(sessions, 50, open50);
  t.diagnostic(`${all.length} sessions were opened in ${Date.now() - started} ms`);

  await Promise.all(all.map(use));
  const { workers } = await running.status();
  const spread = workers.map(({ pid }) => all.filter((session) => session.pid === pid).length);
  t.diagnostic(`all were used at once; sessions of each worker: ${spread.join(' ')}`);
  assert.ok(Math.min(...spread) > 0);

  const closed = await crowd(sessions, 100, (index) => all[index]!.client.close());
  assert.deepEqual(
    closed.filter(({ code }) => code !== 1000 && code !== 1005),
    [],
  );
});

/** A SockJS request on a connection of its own, as of a client without keep-alive. */
function post(url: string, body = ''): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname: path } = new URL(url);
    const options = { hostname, port, path, method: 'POST', agent: false };
    const request = http.request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, text }));
    });
    request.on('error', reject).end(body);
  });
}

test('long-poll sessions of a worker that hangs wait for it', async (t) => {
  const bundle = await meteorBundle();
  const running = await startRadiant({ app: bundle.path, workers: 4 });
  t.after(() => running.stop());
  const sockets = Array.from({ length: 80 }, (_, index) => `${running.url}/sockjs/000/session${index}`);
  const opened = await Promise.all(sockets.map((socket) => post(`${socket}/xhr`)));
  assert.deepEqual([...new Set(opened.map(({ text }) => text))], ['o\n']);

  const hang = { over: false };
  const blocked = fetch(`${running.url}/api/block?ms=1500`).finally(() => (hang.over = true));
  // The first ones to arrive are under way when the worker is found to be slow, the later ones after that.
  const asked: Promise<{ status: number; text: string }>[] = [];
  for (let first = 0; !hang.over; first = (first + 10) % sockets.length) {
    const part = sockets.slice(first, first + 10);
    const wave = part.map((socket) => post(`${socket}/xhr_send`, '["{\\"msg\\":\\"ping\\"}"]'));
    asked.push(...wave);
    // oxlint-disable-next-line no-await-in-loop -- the workers that live have answered
    await Promise.any(wave);
  }
  const answers = await Promise.all(asked);
  await blocked;
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [204]);
});
