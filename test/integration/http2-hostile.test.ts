import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { appNodes } from '../fixtures/nodes.ts';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import * as h2 from '../support/http2-frames.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { Scrape } from '../support/scrape.ts';
import { testFolder } from '../support/tiny-apps.ts';

const appFile = fileURLToPath(new URL('apps/http2.cjs', import.meta.url));
const { FrameClient, frame, frames } = h2;

/** RFC 9113, 7. */
const codes = { none: 0, refused: 7, cancel: 8, calm: 11 };
const initialWindow = 4;
const mostStreams = 128;
const largestWindow = 2 ** 31 - 1;

interface Counts {
  open: number;
  mostOpen: number;
  megabytes: number;
  pid: number;
}

const counts = async (app: RunningApp): Promise<Counts> =>
  (await (await fetch(`${app.url}/counts`)).json()) as Counts;

/** The app does not go on with what nobody waits for: only the question itself is open. */
const isIdle = (app: RunningApp): Promise<boolean> =>
  eventually('all is cancelled', async () => (await counts(app)).open === 1);

const ids = (first: number, number: number): number[] =>
  Array.from({ length: number }, (_, i) => (first + i) * 2 + 1);

const getAll = (streams: number[], path: string): Buffer =>
  Buffer.concat(streams.map((id) => h2.get(id, path)));

/** What was sent before has been read when the answer is there. */
async function roundTrip(client: h2.FrameClient): Promise<void> {
  const before = client.count(frames.ping);
  await client.send(h2.ping);
  await client.until(() => client.count(frames.ping) > before);
}

/** Streams that are reset as soon as they are asked for, and later: both end the connection. */
async function resets(app: RunningApp): Promise<void> {
  for (const later of [false, true]) {
    // oxlint-disable no-await-in-loop -- one batch after the other
    const client = await FrameClient.connect(app.port);
    for (let batch = 0; batch < 30 && client.goaway === undefined; batch += 1) {
      const streams = ids(batch * 100, 100);
      await client.send(getAll(streams, '/never'));
      if (later) await roundTrip(client);
      await client.send(Buffer.concat(streams.map(h2.reset)));
      await roundTrip(client);
    }
    assert.equal(client.goaway, codes.calm, `reset ${later ? 'later' : 'at once'}`);
    await client.closed;
    await isIdle(app);
    // oxlint-enable no-await-in-loop
  }
}

/** A cancelled stream, and one whose client is gone without having read, are cancelled in the app. */
async function leaves(app: RunningApp): Promise<void> {
  const some = await FrameClient.connect(app.port);
  await some.send(getAll(ids(0, 3), '/never'));
  await eventually('they have come', async () => (await counts(app)).open === 4);
  await some.send(Buffer.concat(ids(0, 3).map(h2.reset)));
  await isIdle(app);
  some.socket.destroy();

  const deaf = await FrameClient.connect(app.port, [initialWindow, largestWindow]);
  deaf.socket.pause();
  await deaf.send(frame(frames.windowUpdate, 0, 0, h2.uint32(largestWindow - 65_535)));
  await deaf.send(getAll(ids(0, 20), '/big'));
  await eventually('they are answered', async () => (await counts(app)).megabytes >= 20);
  deaf.socket.destroy();
  await isIdle(app);
}

/** More streams than there may be are refused, and never reach the app. */
async function manyStreams(app: RunningApp): Promise<void> {
  const client = await FrameClient.connect(app.port);
  await client.send(getAll(ids(0, mostStreams + 50), '/never'));
  await client.until(() => client.count(frames.reset) === 50);
  assert.deepEqual(client.resetCodes(), new Set([codes.refused]));
  assert.ok((await counts(app)).mostOpen <= mostStreams + 1);
  client.socket.destroy();
  await isIdle(app);
}

/** Who opens no window gets what fits into buffers, and is cut off after the time for it. */
async function zeroWindow(app: RunningApp): Promise<void> {
  const { megabytes } = await counts(app);
  const client = await FrameClient.connect(app.port, [initialWindow, 0]);
  const streams = 16;
  await client.send(Buffer.concat([getAll(ids(0, streams), '/big'), h2.get(1001, '/who')]));
  await client.until(() => client.resetCodes().has(codes.cancel));
  assert.equal(client.dataBytes, 0);
  const made = (await counts(app)).megabytes - megabytes;
  assert.ok(made >= streams && made <= streams * 4, `${made} MB were made for ${streams} streams`);
  client.socket.destroy();
  await isIdle(app);
}

/** Who asks for nothing, or begins a head and does not end it, is told to go. */
async function silence(app: RunningApp): Promise<void> {
  const [silent, half] = await Promise.all([FrameClient.connect(app.port), FrameClient.connect(app.port)]);
  await half.send(frame(frames.headers, h2.endStream, 1, h2.head('/who')));
  await Promise.all([silent.closed, half.closed]);
  assert.equal(silent.goaway, codes.none);
}

/** A client whose streams are open is asked whether it is still there. */
async function liveness(app: RunningApp): Promise<void> {
  const client = await FrameClient.connect(app.port);
  await client.send(h2.get(1, '/never'));
  await client.until(() => client.count(frames.ping) > 0);
  await client.closed;
  await isIdle(app);
}

const times = (count: number, bytes: Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => bytes));
const postHead = (stream: number): Buffer =>
  frame(
    frames.headers,
    h2.endHeaders,
    stream,
    Buffer.concat([Buffer.from([0x83, 0x87]), h2.field(':path', '/read')]),
  );

/** What is sent without end, after something; true: Node ends the connection. */
const floods: Record<string, [before: Buffer, flood: Buffer, ends: boolean]> = {
  PING: [Buffer.alloc(0), times(4_000, h2.ping), true],
  SETTINGS: [Buffer.alloc(0), times(4_000, h2.settings([initialWindow, 65_535])), true],
  CONTINUATION: [
    frame(frames.headers, h2.endStream, 1, h2.head('/who')),
    times(100, frame(frames.continuation, 0, 1, h2.field('x', 'y'.repeat(4_000)))),
    true,
  ],
  'empty CONTINUATION': [
    frame(frames.headers, h2.endStream, 1, h2.head('/who')),
    times(4_000, frame(frames.continuation, 0, 1)),
    true,
  ],
  'empty DATA': [postHead(1), times(4_000, frame(frames.data, 0, 1)), false],
  PRIORITY: [
    Buffer.alloc(0),
    times(4_000, frame(frames.priority, 0, 1, Buffer.from([0, 0, 0, 0, 9]))),
    false,
  ],
  WINDOW_UPDATE: [Buffer.alloc(0), times(4_000, frame(frames.windowUpdate, 0, 0, h2.uint32(1))), false],
};

async function flood(app: RunningApp): Promise<void> {
  for (const [name, [before, bytes, ends]] of Object.entries(floods)) {
    // oxlint-disable no-await-in-loop -- one kind after the other
    const client = await FrameClient.connect(app.port);
    client.socket.pause();
    await client.send(before);
    for (let i = 0; i < 25 && !client.socket.destroyed; i += 1) await client.send(bytes);
    assert.equal((await fetch(`${app.url}/who`)).status, 200, `others are served after ${name}`);
    client.socket.resume();
    if (ends) await client.closed;
    client.socket.destroy();
    // oxlint-enable no-await-in-loop
  }
}

/** The limits of HTTP/1.1 hold for each stream. */
async function limits(app: RunningApp): Promise<void> {
  const session = http2.connect(app.url).on('error', () => {});
  const ask = async (fields: http2.OutgoingHttpHeaders, body?: string | null): Promise<number> => {
    const stream = session.request(fields, { endStream: body === undefined }).on('error', () => {});
    if (body === null) stream.write('x');
    else if (body !== undefined) stream.end(body);
    const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
    stream.resume();
    if (body !== undefined) await once(stream, 'close');
    return Number(headers[':status']);
  };
  const post = { ':method': 'POST', ':path': '/read' };
  const long = 'x'.repeat(300_000);
  const cookie = Array.from({ length: 300 }, (_, i) => `c${i}=1`) as never;
  assert.equal(await ask({ ':path': '/who', cookie }), 200, 'many cookies');
  assert.equal(await ask({ ':path': '/who', x: 'y'.repeat(20_000) }), 431);
  assert.equal(await ask({ ...post, 'content-length': long.length }, long), 413);
  assert.equal(await ask(post, long), 413);
  assert.equal(await ask(post, null), 408, 'a body that stops');
  session.destroy();
}

async function serve(t: TestContext, version: string, headTimeout = '2s'): Promise<RunningApp> {
  const pair = makeCertificate(await testFolder(t), 'hostile', '127.0.0.1');
  const [node] = await appNodes(version);
  const args = [...tlsArgs(pair), '--http2', '--node', node!.path, '--max-body', '200KB'];
  const deadlines = ['--head-timeout', headTimeout, '--request-timeout', '2s'];
  const app = await startRadiant({ app: appFile, args: [...args, ...deadlines], workers: 1 });
  t.after(() => app.stop());
  return app;
}

test('a client that was told to calm down is not told that it is idle, before it is cut off', async (t) => {
  const app = await serve(t, '24', '1s');
  const client = await FrameClient.connect(app.port);
  await client.send(Buffer.concat(ids(0, 600).flatMap((id) => [h2.get(id, '/never'), h2.reset(id)])));
  await client.closed;
  assert.deepEqual(client.goaways, [codes.calm]);
});

for (const version of ['20', '24', '26']) {
  test(`hostile clients of HTTP/2 end, and nobody else notices, on Node ${version}`, async (t) => {
    const app = await serve(t, version);
    const { pid } = await counts(app);
    for (const attack of [resets, leaves, manyStreams, zeroWindow, silence, liveness, flood, limits]) {
      // oxlint-disable-next-line no-await-in-loop -- one kind after the other
      await t.test(attack.name, () => attack(app));
    }
    assert.equal((await counts(app)).pid, pid, app.output());
    // A scrape waits a second for a worker, and goes on with what it knows.
    const scrape = await eventually('a scrape that has all', async () => {
      const now = await Scrape.of(app);
      return now.sum('radiant_refused_total', { reason: 'cancelled' }) >= 2 ? now : undefined;
    });
    assert.equal(scrape.sum('radiant_refused_total', { reason: 'cancelled' }), 2);
    assert.ok(scrape.sum('radiant_refused_total', { reason: 'untaken' }) > 0);
  });
}
