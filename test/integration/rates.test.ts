import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import test, { type TestContext } from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { ask, type Answer } from '../support/ask.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { scrapeText } from '../support/scrape.ts';
import { testFolder } from '../support/tiny-apps.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

async function started(t: TestContext, ...args: string[]): Promise<RunningApp> {
  const running = await startRadiant({ app, args });
  t.after(() => running.stop());
  return running;
}

/** Requests on connections of their own, from an address of this machine; so several workers get some. */
const flood = (url: string, count: number, options: http.RequestOptions): Promise<Answer[]> =>
  Promise.all(Array.from({ length: count }, () => ask(url, options)));

const statuses = (answers: readonly Answer[]): number[] =>
  [...new Set(answers.map(({ status }) => status))].toSorted((a, b) => a - b);

async function refused(running: RunningApp, reason: string): Promise<number> {
  const found = (await scrapeText(running)).matchAll(/radiant_refused_total\{.*reason="(\w+)"\} (\d+)/g);
  return [...found]
    .filter(([, name]) => name === reason)
    .reduce((sum, [, , count]) => sum + Number(count), 0);
}

const handshake = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
};

/** What one connection gets that says first whose it is, as a balancer's does. */
async function proxied(port: number, client: string, requests: number): Promise<string> {
  const socket = net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.7' });
  socket.write(`PROXY TCP4 ${client} 192.0.2.1 1000 80\r\n`);
  const request = 'GET / HTTP/1.1\r\nHost: x\r\n';
  socket.write(`${request}\r\n`.repeat(requests - 1) + `${request}Connection: close\r\n\r\n`);
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => (text += more));
  await once(socket, 'close');
  return text;
}

const answered = (text: string, status: number): number => text.split(`HTTP/1.1 ${status} `).length - 1;

test('an address that asks too often gets 429, and nobody else does', async (t) => {
  const args = [
    '--requests-per-address',
    '1',
    '--proxy-protocol',
    '127.0.0.7',
    '--health-path',
    '/api/whoami',
  ];
  const running = await started(t, ...args);
  const url = `${running.url}/`;
  const forged = { 'X-Forwarded-For': '198.51.100.1' };
  // Two workers, each with 5 for a start.
  const answers = await flood(url, 100, { localAddress: '127.0.0.2' });
  assert.deepEqual(statuses(answers), [200, 429]);
  const over = answers.find(({ status }) => status === 429)!;
  assert.ok(Number(over.headers['retry-after']) >= 1);
  assert.equal(over.headers.connection, 'close');
  assert.match(over.body, /Too many requests/);
  const names = Array.from({ length: 30 }, (_, i) => ({ 'X-Forwarded-For': `198.51.100.${i}` }));
  const inventive = await Promise.all(
    names.map((headers) => ask(url, { localAddress: '127.0.0.2', headers })),
  );
  assert.ok(
    inventive.some(({ status }) => status === 429),
    'a header that anybody can send changes nothing',
  );
  assert.equal((await ask(url, { localAddress: '127.0.0.3', headers: forged })).status, 200);

  const upgrade = { localAddress: '127.0.0.2', headers: handshake };
  await eventually('a WebSocket begins with a request, and is refused too', async () => {
    await flood(url, 20, { localAddress: '127.0.0.2' }); // its address may have been given a little meanwhile
    return (await ask(url, upgrade)).status === 429;
  });
  const health = await flood(`${running.url}/api/whoami`, 10, { localAddress: '127.0.0.2' });
  assert.deepEqual(statuses(health), [200], 'the health path is excepted');

  // Messages are no requests.
  const chatty = new WebSocket(running.url.replace('http', 'ws'), { localAddress: '127.0.0.4' });
  t.after(() => chatty.terminate());
  await once(chatty, 'message');
  let echoes = 0;
  chatty.on('message', () => (echoes += 1));
  for (let i = 0; i < 200; i += 1) chatty.send('x');
  await eventually('all come back', () => echoes === 200);

  // The client that a balancer names is who counts, not the balancer.
  const greedy = await proxied(running.port, '203.0.113.1', 60);
  assert.ok(answered(greedy, 200) >= 5);
  assert.equal(answered(greedy, 429), 1, 'the connection ends with it');
  const modest = Array.from({ length: 30 }, (_, i) => proxied(running.port, `203.0.113.${i + 2}`, 2));
  for (const text of await Promise.all(modest)) assert.equal(answered(text, 200), 2);

  assert.ok((await refused(running, 'requests')) > 30);
});

/** As a proxy asks on behalf of a client. */
const by = (client: string) => ({ localAddress: '127.0.0.8', headers: { 'X-Forwarded-For': client } });

test('a proxy that is trusted names the client, and may have as many connections as it needs', async (t) => {
  const limits = ['--requests-per-address', '1', '--connections-per-address', '3'];
  const running = await started(t, ...limits, '--proxies-from', '127.0.0.8');
  const url = `${running.url}/`;
  assert.deepEqual(statuses(await flood(url, 60, by('203.0.113.1'))), [200, 429]);
  const clients = await Promise.all(Array.from({ length: 30 }, (_, i) => ask(url, by(`203.0.113.${i + 2}`))));
  assert.deepEqual(statuses(clients), [200]);
  const ofOneNetwork = await Promise.all(
    Array.from({ length: 60 }, (_, i) => ask(url, by(`2001:db8::${(i + 1).toString(16)}`))),
  );
  assert.deepEqual(statuses(ofOneNetwork), [200, 429], 'a /64 is one client');
});

const open = (sockets: readonly net.Socket[]): number => sockets.filter(({ closed }) => !closed).length;

test('an address holds no more connections than it may in all workers together, over TLS too', async (t) => {
  const pair = makeCertificate(await testFolder(t), 'first', '127.0.0.1');
  const running = await started(t, '--connections-per-address', '20', ...tlsArgs(pair));
  const connect = (localAddress: string): tls.TLSSocket =>
    tls.connect({ port: running.port, host: '127.0.0.1', localAddress, rejectUnauthorized: false } as object);
  const hold = (count: number, localAddress: string): tls.TLSSocket[] =>
    Array.from({ length: count }, () =>
      connect(localAddress)
        .on('error', () => {})
        .resume(),
    );
  const greedy = hold(100, '127.0.0.2');
  const others = hold(15, '127.0.0.3');
  t.after(() => [...greedy, ...others].forEach((socket) => socket.destroy()));
  // The shares of two workers are rounded.
  await eventually('those over the limit are closed', () => open(greedy) <= 22);
  assert.ok(open(greedy) >= 10);
  assert.equal(open(others), 15);
  const url = `${running.url}/`;
  assert.equal((await ask(url, { localAddress: '127.0.0.3' })).status, 200);
  assert.ok((await refused(running, 'connections')) >= 78);
  for (const socket of greedy) socket.destroy();
  await eventually('there is room again', () =>
    ask(url, { localAddress: '127.0.0.2' }).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
});
