import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import test, { type TestContext } from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { InspectorSession } from '../../src/inspector/session.ts';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { HttpLoad } from '../support/http-load.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { serving, testFolder } from '../support/tiny-apps.ts';
import { full } from '../support/full-size.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));
const idle = full ? 5_000 : 300;
const rounds = full ? 200 : 5;
/** How often so many are idle. */
const waves = full ? 5 : 2;
const mb = 1024 * 1024;

type Attack = (port: number) => net.Socket;

const raw =
  (bytes: string | Buffer): Attack =>
  (port) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.write(bytes);
    return socket;
  };

const upgrade =
  'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const post = (...fields: string[]): string =>
  ['POST /api/whoami HTTP/1.1', 'Host: x', ...fields, '', ''].join('\r\n');

/** An app may answer before it has read a body that turns out bad. */
const answeredBefore = (status: number): RegExp => new RegExp(`^HTTP/1\\.1 (?:${status}|200) `);

/** What goes over the plain port, and how what comes back must begin; nothing: the connection ends without a word. */
const attacks: Record<string, [Attack, RegExp]> = {
  'random bytes': [() => net.connect(0), /^HTTP\/1\.1 400 /],
  'a head that does not come': [raw('GET / HTTP/1.1\r\nHost: x\r\n'), /^HTTP\/1\.1 408 /],
  'an endless head': [raw(`GET / HTTP/1.1\r\nX: ${'y'.repeat(100_000)}`), /^HTTP\/1\.1 431 |^$/],
  'a body that is too large': [
    raw(`${post('Content-Length: 99999999')}${'x'.repeat(50_000)}`),
    /^HTTP\/1\.1 413 /,
  ],
  'a chunked body that is too large': [
    raw(`${post('Transfer-Encoding: chunked')}4000\r\n${'x'.repeat(16_384)}\r\n`),
    answeredBefore(413),
  ],
  'a body that stops': [raw(`${post('Content-Length: 100')}abc`), answeredBefore(408)],
  'Content-Length and Transfer-Encoding': [
    raw(
      `${post('Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`,
    ),
    /^HTTP\/1\.1 400 /,
  ],
  'two lengths': [raw(`${post('Content-Length: 4', 'Content-Length: 5')}abcde`), /^HTTP\/1\.1 400 /],
  'a chunk size that is none': [raw(`${post('Transfer-Encoding: chunked')}zz\r\n`), answeredBefore(400)],
  'a PROXY header from anybody': [
    raw('PROXY TCP4 6.6.6.6 7.7.7.7 1 2\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    /^HTTP\/1\.1 400 /,
  ],
  'garbage on a WebSocket': [
    raw(Buffer.concat([Buffer.from(upgrade), Buffer.alloc(4_096, 0xff)])),
    /^HTTP\/1\.1 101 |^$/,
  ],
};
attacks['random bytes']![0] = (port) => raw(Buffer.concat([Buffer.from([1]), randomBytes(2_000)]))(port);

/** What an attack gets until its connection ends. */
async function result(attack: Attack, port: number): Promise<string> {
  const socket = attack(port).on('error', () => {});
  let text = '';
  socket.on('data', (more: Buffer) => (text += more.toString('latin1')));
  // Not once(): a connection that is reset has ended too.
  await new Promise((resolve) => void socket.on('close', resolve));
  return text;
}

/** Resident bytes of all workers together, and of the supervisor. */
async function memory(running: RunningApp): Promise<{ workers: number; supervisor: number }> {
  const { workers, supervisor } = await running.status();
  return {
    workers: workers.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
    supervisor: supervisor.rssBytes,
  };
}

const inMb = ({ workers, supervisor }: { workers: number; supervisor: number }): string =>
  `workers ${Math.round(workers / mb)} MB, supervisor ${Math.round(supervisor / mb)} MB`;

const end = async (socket: net.Socket): Promise<void> => {
  if (!socket.destroyed) await new Promise((resolve) => void socket.resume().on('close', resolve));
};

async function holdIdle(t: TestContext, port: number): Promise<net.Socket[]> {
  const sockets: net.Socket[] = [];
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  while (sockets.length < idle) {
    const batch = Array.from({ length: 100 }, () => net.connect(port, '127.0.0.1').on('error', () => {}));
    sockets.push(...batch);
    // oxlint-disable-next-line no-await-in-loop -- a hundred at a time
    await Promise.all(batch.map((socket) => once(socket, 'connect')));
  }
  return sockets;
}

test('hostile input gets a clear end, others are served meanwhile, and nobody dies of it', async (t) => {
  const args = ['--head-timeout', '2s', '--request-timeout', '2s', '--max-body', '10KB'];
  const running = await startRadiant({ app, args });
  t.after(() => running.stop());
  const pids = await serving(running);
  const load = new HttpLoad(`${running.url}/api/whoami`, { keepAlive: 2, fresh: 1 });
  t.after(() => load.stop());
  const before = await memory(running);
  for (const [name, [attack, expected]] of Object.entries(attacks)) {
    const times = name.includes('not come') || name.includes('stops') ? 1 : rounds;
    // oxlint-disable-next-line no-await-in-loop -- one kind after the other
    const answers = await Promise.all(Array.from({ length: times }, () => result(attack, running.port)));
    for (const answer of answers) {
      assert.match(answer, expected, name);
      assert.doesNotMatch(answer, /smuggled/, `${name}: nothing gets past`);
    }
    t.diagnostic(`${name}: ${answers[0]!.split('\r\n')[0] || 'closed without a word'}`);
  }
  await load.stop();
  assert.deepEqual(await serving(running), pids, `no worker has died: ${running.output()}`);
  assert.deepEqual(load.failures, []);
  t.diagnostic(`others meanwhile: ${load.requests} requests, 0 failed`);
  t.diagnostic(`before: ${inMb(before)}; after: ${inMb(await memory(running))}`);
});

/** The inspectors of all workers. */
async function inspect(running: RunningApp): Promise<InspectorSession[]> {
  const { workers } = await running.status();
  for (const { pid } of workers) process.kill(pid!, 'SIGUSR1');
  const urls = await eventually('inspectors listen', () => {
    const found = [...running.output().matchAll(/Debugger listening on (ws:\S+)/g)].map(([, url]) => url!);
    return found.length === workers.length ? found : undefined;
  });
  return Promise.all(urls.map((url) => InspectorSession.open(url)));
}

/** Bytes on the heaps of all workers, without garbage. */
async function live(inspectors: InspectorSession[]): Promise<number> {
  let sum = 0;
  for (const inspector of inspectors) {
    // oxlint-disable no-await-in-loop -- one worker after the other
    await inspector.call('HeapProfiler.collectGarbage');
    sum += ((await inspector.call('Runtime.getHeapUsage')) as { usedSize: number }).usedSize;
    // oxlint-enable no-await-in-loop
  }
  return sum;
}

test('idle connections end, cost little until then, and leave nothing behind', async (t) => {
  const running = await startRadiant({ app, args: ['--head-timeout', full ? '30s' : '8s'] });
  t.after(() => running.stop());
  const inspectors = await inspect(running);
  const before = await memory(running);
  const load = new HttpLoad(`${running.url}/api/whoami`, { keepAlive: 2, fresh: 1 });
  t.after(() => load.stop());
  const connections = async (): Promise<number> =>
    (await running.status()).workers.reduce((sum, worker) => sum + worker.connections, 0);
  const left: number[] = [];
  while (left.length < waves) {
    // oxlint-disable no-await-in-loop -- one wave after the other
    const sockets = await holdIdle(t, running.port);
    const ended = Promise.all(sockets.map(end));
    await eventually('all are held', async () => (await connections()) >= idle * 0.9);
    const held = await memory(running);
    await ended;
    await eventually('none is left', async () => (await connections()) < 10);
    const closed = await memory(running);
    left.push(await live(inspectors));
    t.diagnostic(
      `${idle} idle connections: before ${inMb(before)}; held ${inMb(held)}; closed ${inMb(closed)}; ` +
        `then ${(left.at(-1)! / mb).toFixed(1)} MB on the heaps without garbage`,
    );
    if (left.length === 1) assert.ok(held.workers - before.workers < 100 * mb, 'they cost little');
    // oxlint-enable no-await-in-loop
  }
  await load.stop();
  assert.deepEqual(load.failures, [], 'others are served meanwhile');
  assert.ok(left.at(-1)! - left[0]! < mb, 'later ones find the memory of those before');
});

/** A TLS record of a handshake, which says its length, true or not. */
const record = (length: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0x16, 3, 1, length >> 8, length & 255]), body]);

test('a malformed ClientHello ends its own connection only', async (t) => {
  const pair = makeCertificate(await testFolder(t), 'first', '127.0.0.1');
  const running = await startRadiant({ app, args: tlsArgs(pair) });
  t.after(() => running.stop());
  const pids = await serving(running);
  const before = await memory(running);
  const hellos = Array.from({ length: rounds * 10 }, (_, i) =>
    i % 3 === 0 ? randomBytes(300) : record(i % 3 === 1 ? 300 : 65_535, randomBytes(300)),
  );
  const plain = raw('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const answers = await Promise.all(
    [...hellos.map((hello) => raw(hello)), plain].map((attack) => result(attack, running.port)),
  );
  for (const answer of answers) assert.doesNotMatch(answer, /HTTP\/1\.1 200/);
  const socket = tls.connect({ port: running.port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  socket.destroy();
  assert.deepEqual(await serving(running), pids);
  t.diagnostic(
    `${hellos.length} malformed: a TLS alert or nothing; before ${inMb(before)}; after ${inMb(await memory(running))}`,
  );
});
