import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test, { type TestContext } from 'node:test';
import tls from 'node:tls';
import { appNodes } from '../fixtures/nodes.ts';
import { closed } from '../support/closed.ts';
import { eventually } from '../support/eventually.ts';
import { Scrape } from '../support/scrape.ts';
import { holdingsOf, leftBeyond, patienceMs } from './calm.ts';
import { startFleet, type Fleet } from './fleet.ts';
import { bytesOf, endOf } from './http1-client.ts';
import type { Asked } from './plan.ts';
import { allReady } from './trouble.ts';

const posts = 1_800;
const websockets = 300;
const nodes = ['14.21.3', '20', '26'];
const atOnce = 300;

const asked = (id: string, owner: number, more: Partial<Asked> = {}): Asked => ({
  id,
  owner,
  kind: 'get',
  mode: 'now',
  ms: 0,
  body: 0,
  ...more,
});

const pidOf = async ({ app }: Fleet, slot: number): Promise<number> =>
  (await app.status()).workers.find((worker) => worker.slot === slot)!.pid!;

/** All that comes until the end of a connection. */
async function textOf(socket: net.Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => {}); // it closes with it
  await closed(socket);
  return text;
}

const viaOwn = (fleet: Fleet, slot: number): net.Socket => net.connect(fleet.doors.ownSocket(slot));

/** Has so many clients, some at a time, each do something until it is gone. */
async function crowd(count: number, client: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const each = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    while (next < count) await client(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, each));
}

async function resetAfter(raw: net.Socket, socket: net.Socket, ready: string, bytes: Buffer): Promise<void> {
  const gone = closed(raw);
  socket.on('error', () => {}); // it closes with it
  socket.once(ready, () => {
    socket.write(bytes);
    raw.resetAndDestroy();
  });
  await gone;
}

/** `version` of Node: what became of clients that left early has differed between them. */
async function leftByPosts(t: TestContext, version: string): Promise<void> {
  const [node] = await appNodes(version);
  const fleet = await startFleet(t, 2, { node: node!.path });
  const before = await holdingsOf(fleet.app);
  await crowd(posts, (i) => {
    const socket = net.connect(fleet.doors.port, '127.0.0.1');
    const bytes = bytesOf(asked(`post-${i}`, 1 + (i % 2), { kind: 'post', mode: 'read', body: 100 }));
    return resetAfter(socket, socket, 'connect', bytes.subarray(0, -1));
  });
  assert.ok((await Scrape.of(fleet.app)).sum('radiant_connections_opened_total', { origin: 'sibling' }) > 0);
  assert.deepEqual(await leftBeyond(fleet.app, before), []);
}

for (const version of nodes) {
  test(`clients that begin to post and are gone before a sibling is asked leave nothing behind, on Node ${version}`, (t) =>
    leftByPosts(t, version));
}

test('WebSockets over TLS whose clients are gone are not counted any more', async (t) => {
  const fleet = await startFleet(t, 2, { tls: true });
  const before = await holdingsOf(fleet.app);
  await crowd(websockets, (i) => {
    const raw = net.connect(fleet.doors.port, '127.0.0.1');
    const socket = tls.connect({ socket: raw, rejectUnauthorized: false });
    return resetAfter(
      raw,
      socket,
      'secureConnect',
      bytesOf(asked(`ws-${i}`, 1 + (i % 2), { kind: 'upgrade' })),
    );
  });
  assert.ok((await Scrape.of(fleet.app)).sum('radiant_websockets_opened_total') > 0);
  assert.deepEqual(await leftBeyond(fleet.app, before), []);
});

test('a shared connection ends when the owner of its request is killed, and nobody else is asked', async (t) => {
  const fleet = await startFleet(t, 2, { args: ['--proxies', '1'] });
  const long = { ms: 60_000 };
  const each: [slot: number, Asked][] = [
    [1, asked('get-begun', 1, { ...long, mode: 'stream' })],
    [2, asked('get-read', 2, { ...long, mode: 'read' })],
    [1, asked('post-begun', 1, { ...long, mode: 'stream', kind: 'post', body: 5 })],
    [2, asked('post-read', 2, { ...long, mode: 'read', kind: 'post', body: 5 })],
  ];
  const killed = new Set<number>();
  for (const [slot, request] of each) {
    // oxlint-disable no-await-in-loop -- one after the other
    const owner = await pidOf(fleet, slot);
    const socket = viaOwn(fleet, 3 - slot);
    const text = textOf(socket);
    socket.write(bytesOf(request));
    await eventually('it has begun', () => fleet.began().has(request.id));
    if (request.mode === 'stream') await eventually('its answer has begun', () => socket.bytesRead > 0);
    process.kill(owner, 'SIGKILL');
    killed.add(owner);
    await Promise.race([text, eventually('the connection ends', () => socket.closed, patienceMs)]);
    assert.ok(!(await text).includes(endOf(request.id)));
    assert.deepEqual(fleet.began().get(request.id), [owner], request.id);
    await allReady(fleet, killed);
    // oxlint-enable no-await-in-loop
  }
});

test('a request that kills its owner is asked of nobody else', async (t) => {
  const fleet = await startFleet(t, 2);
  const [other, owner] = [await pidOf(fleet, 1), await pidOf(fleet, 2)];
  const { seen } = await fleet.app.event(({ type }) => type === 'ready');
  const socket = viaOwn(fleet, 1);
  socket.write(bytesOf(asked('boom', 2, { mode: 'throws', ms: 20 })));
  assert.equal(await textOf(socket), '');
  assert.deepEqual(fleet.began().get('boom'), [owner]);
  await seen;
  const { workers } = await fleet.app.status();
  assert.deepEqual(
    workers.map(({ restarts }) => restarts),
    [0, 1],
  );
  assert.equal(await pidOf(fleet, 1), other);
});

for (const version of nodes) {
  test(`a client that half-closes a WebSocket over TLS gets what still comes, on Node ${version}`, (t) =>
    halfCloses(t, version));
}

async function halfCloses(t: TestContext, version: string): Promise<void> {
  const [node] = await appNodes(version);
  const fleet = await startFleet(t, 2, { tls: true, node: node!.path });
  const halfClosed = async (id: string, owner: number, eager: boolean): Promise<void> => {
    const socket = tls.connect({ port: fleet.doors.port, host: '127.0.0.1', rejectUnauthorized: false });
    const text = textOf(socket);
    socket.write(bytesOf(asked(id, owner, { kind: 'upgrade', ms: 100 })));
    if (!eager) await once(socket, 'data');
    socket.end('ping\n');
    const got = await text;
    assert.ok(got.endsWith(`ping\n${endOf(id)}`), `${id}: ${got}`);
  };
  for (let i = 0; i < 24; i += 1) {
    // oxlint-disable-next-line no-await-in-loop -- some come to the worker of their cookie, others do not
    await halfClosed(`half-${i}`, 1 + (i % 2), i % 4 < 2);
  }
  const forwarded = (await Scrape.of(fleet.app)).sum('radiant_connections_opened_total', {
    origin: 'sibling',
  });
  assert.ok(forwarded > 0, 'some were forwarded');
}

test('an upgrade whose connection has ended while it waited for its place is not counted', async (t) => {
  const fleet = await startFleet(t, 2);
  const { supervisor } = await fleet.app.status();
  process.kill(supervisor.pid, 'SIGSTOP');
  const socket = viaOwn(fleet, 1);
  // The answer before it ends the connection, while the supervisor does not say where the WebSocket belongs.
  const requests = [asked('closes', 1, { mode: 'closes' }), asked('late', 1, { kind: 'upgrade' })];
  socket.write(Buffer.concat(requests.map(bytesOf)));
  const text = await textOf(socket);
  process.kill(supervisor.pid, 'SIGCONT');
  assert.ok(text.includes(endOf('closes')), text);
  // Whose place is asked for later is answered later.
  const next = viaOwn(fleet, 1);
  next.write(bytesOf(asked('next', 1, { kind: 'upgrade' })));
  await once(next, 'data');
  next.destroy();
  assert.deepEqual([...fleet.began().keys()], ['closes', 'next']);
  await eventually('nobody is counted', async () => {
    return (await Scrape.of(fleet.app)).sum('radiant_websockets') === 0;
  });
});

const opens = (id: string): string =>
  `GET /now/0/${id}/engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: ends.test\r\n\r\n`;

test('a request whose client has gone while it waited for its place is not begun', async (t) => {
  const fleet = await startFleet(t, 2);
  const { supervisor } = await fleet.app.status();
  process.kill(supervisor.pid, 'SIGSTOP');
  const socket = viaOwn(fleet, 1);
  // What is read after it shows that the worker has come to know that the client is gone.
  socket.end(opens('gone'));
  await textOf(socket);
  process.kill(supervisor.pid, 'SIGCONT');
  const next = viaOwn(fleet, 1);
  next.write(opens('next'));
  await once(next, 'data');
  next.destroy();
  assert.deepEqual([...fleet.began().keys()], ['next']);
});
