import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http2 from 'node:http2';
import { Readable } from 'node:stream';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { appNodes } from '../fixtures/nodes.ts';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

const appFile = fileURLToPath(new URL('apps/http2.cjs', import.meta.url));

async function serve(
  t: TestContext,
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<RunningApp & { cert: string }> {
  const pair = makeCertificate(await testFolder(t), 'http2', '127.0.0.1', 'localhost');
  const app = await startRadiant({ app: appFile, args: [...tlsArgs(pair), '--http2', ...args], env });
  t.after(() => app.stop());
  return { ...app, cert: pair.cert };
}

function client(t: TestContext, app: RunningApp): http2.ClientHttp2Session {
  const session = http2.connect(app.url);
  session.on('error', () => {});
  t.after(() => session.destroy());
  return session;
}

interface Answer {
  status: number;
  headers: http2.IncomingHttpHeaders;
  body: string;
  trailers: http2.IncomingHttpHeaders;
}

interface Who {
  pid: number;
  method: string;
  httpVersion: string;
  headers: Record<string, string>;
  remoteAddress: string;
  encrypted: boolean;
}

const whoIn = ({ body }: Answer): Who => JSON.parse(body) as Who;

/** Rejects when the stream is reset. */
function ask(
  session: http2.ClientHttp2Session,
  fields: http2.OutgoingHttpHeaders,
  body?: (stream: http2.ClientHttp2Stream) => void,
  waitForTrailers = false,
): Promise<Answer> {
  const stream = session.request(fields, { endStream: body === undefined, waitForTrailers });
  body?.(stream);
  return new Promise((resolve, reject) => {
    let headers: http2.IncomingHttpHeaders = {};
    let trailers: http2.IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('response', (given) => (headers = given));
    stream.on('trailers', (given) => (trailers = given));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () => {
      const status = Number(headers[':status']);
      resolve({ status, headers, trailers, body: Buffer.concat(chunks).toString('latin1') });
    });
  });
}

function withTrailers(stream: http2.ClientHttp2Stream): void {
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-given': 'one' }));
  stream.end('something');
}

for (const middleware of ['plain', 'express']) {
  test(`an app of ${middleware} middleware answers HTTP/2 as it answers HTTP/1.1`, async (t) => {
    const app = await serve(t, [], { MIDDLEWARE: middleware });
    const session = client(t, app);
    const answer = await ask(session, { ':path': '/who?a=1', cookie: ['x=1', 'y=2'] as never });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.connection, undefined);
    assert.deepEqual(answer.headers['set-cookie']?.slice(0, 2), ['one=1', 'two=2']);
    const who = whoIn(answer);
    assert.equal(who.httpVersion, '1.1');
    assert.equal(who.headers.host, `127.0.0.1:${app.port}`);
    assert.equal(who.headers.cookie, 'x=1; y=2');
    assert.deepEqual(
      Object.keys(who.headers).filter((name) => name.startsWith(':')),
      [],
    );
    assert.equal(who.remoteAddress, '127.0.0.1');
    assert.equal(who.encrypted, true);

    const head = await ask(session, { ':path': '/who', ':method': 'HEAD' });
    assert.deepEqual([head.status, head.body], [200, '']);
    const empty = await ask(session, { ':path': '/who', ':method': 'POST' });
    assert.equal(whoIn(empty).headers['content-length'], '0');
    assert.equal((await ask(session, { ':path': '/none' })).status, 404);

    const many = await Promise.all(
      Array.from({ length: 64 }, (_, i) => {
        const text = `${i} `.repeat(20_000);
        return ask(session, { ':path': '/echo', ':method': 'POST' }, (stream) => stream.end(text)).then(
          ({ body }) => body === text,
        );
      }),
    );
    assert.deepEqual(new Set(many), new Set([true]), '64 streams at a time');

    const trailing = await ask(session, { ':path': '/trailers', ':method': 'POST' }, withTrailers, true);
    assert.equal(trailing.body, 'body');
    assert.equal(trailing.trailers['x-sum'], 'sum of one');

    await assert.rejects(ask(session, { ':path': '/gone' }), /INTERNAL_ERROR/);
    assert.equal(session.remoteSettings.enableConnectProtocol, false, 'WebSockets stay on HTTP/1.1');
    assert.equal((await ask(session, { ':method': 'CONNECT', ':authority': 'x.test:1' })).status, 400);
    await assert.rejects(ask(session, { ':path': '/a b' }), /PROTOCOL_ERROR/);
    assert.equal((await ask(session, { ':path': '/who' })).status, 200, 'the others go on');
  });
}

/** The most that all workers together have used until now, in MB. */
async function peak(app: RunningApp): Promise<number> {
  const { workers } = await app.status();
  const texts = await Promise.all(workers.map(({ pid }) => readFile(`/proc/${pid}/status`, 'utf8')));
  return texts.reduce((sum, text) => sum + Number(/VmHWM:\s+(\d+)/.exec(text)![1]) / 1024, 0);
}

test('bodies go no faster than they are read, in little memory, and the other streams go on', async (t) => {
  const app = await serve(t);
  const session = client(t, app);
  const others = async (): Promise<void> => {
    for (let i = 0; i < 20; i += 1) {
      // oxlint-disable-next-line no-await-in-loop -- while the first one waits
      assert.equal((await ask(session, { ':path': '/who' })).status, 200);
    }
  };
  await others();
  const before = await peak(app);
  const stream = session.request({ ':path': '/big' });
  await once(stream, 'response');
  await others();
  assert.doesNotMatch(app.output(), new RegExp(`wrote ${48 << 20}`), 'most of it waits in the app');
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => (bytes += chunk.length));
  await once(stream, 'close');
  assert.equal(bytes, 64 << 20);
  const afterDownload = await peak(app);

  let megabytes = 0;
  const body = Readable.from(
    (function* () {
      for (; megabytes < 100; megabytes += 1) yield Buffer.alloc(1 << 20, 'x');
    })(),
    { objectMode: false, highWaterMark: 1 << 20 },
  );
  const upload = ask(session, { ':path': '/unread', ':method': 'POST' }, (up) => void body.pipe(up));
  await others();
  assert.ok(megabytes < 8, `${megabytes} MB have left, though the app reads nothing`);
  await ask(session, { ':path': '/go' });
  assert.equal((await upload).body, String(100 << 20));
  const afterUpload = await peak(app);
  t.diagnostic(`peak memory: ${[before, afterDownload, afterUpload].map(Math.round).join(', ')} MB`);
  assert.ok(afterUpload - before < 100, 'bodies of 164 MB take less than they are long');
});

test('each stream reaches the worker of its cookie, whichever worker has the connection', async (t) => {
  const app = await serve(t);
  const sessions = Array.from({ length: 6 }, () => client(t, app));
  const first = await ask(sessions[0]!, { ':path': '/who', accept: 'text/html' });
  const cookie = first.headers['set-cookie']!.find((text) => text.startsWith('radiant-'))!.split(';')[0]!;
  const { pid } = whoIn(first);
  const other = cookie.replace(/=\d+/, (slot) => (slot === '=1' ? '=2' : '=1'));
  for (const session of sessions) {
    // oxlint-disable no-await-in-loop -- one connection after the other
    const own = await Promise.all([1, 2, 3].map(() => ask(session, { ':path': '/who', cookie })));
    assert.deepEqual(new Set(own.map((answer) => whoIn(answer).pid)), new Set([pid]));
    const [there, echoed] = await Promise.all([
      ask(session, { ':path': '/who', cookie: other }),
      ask(session, { ':path': '/echo', ':method': 'POST', cookie: other }, (stream) => stream.end('x')),
    ]);
    assert.notEqual(whoIn(there).pid, pid);
    assert.equal(echoed.body, 'x');
    // Browsers split cookies into fields of their own (RFC 9113, 8.2.3); not all put a blank behind a `;`.
    const [split, joined] = await Promise.all([
      ask(session, { ':path': '/who', cookie: ['a=1', other, 'b=2'] as never }),
      ask(session, { ':path': '/who', cookie: `a=1;${other};b=2` }),
    ]);
    assert.deepEqual([whoIn(split).pid, whoIn(joined).pid], [whoIn(there).pid, whoIn(there).pid]);
    // oxlint-enable no-await-in-loop
  }
});

test('a restart tells the connections to go; streams that are open finish', async (t) => {
  const app = await serve(t);
  const session = client(t, app);
  const { pid } = whoIn(await ask(session, { ':path': '/who' }));
  const held = session.request({ ':path': '/held' }).setEncoding('utf8');
  let text = '';
  held.on('data', (more: string) => (text += more));
  await once(held, 'data');
  const goaway = once(session, 'goaway');
  const restarted = app.control.restart({});
  await goaway;
  process.kill(pid, 'SIGUSR2');
  await once(held, 'close');
  assert.equal(text, 'first last');
  await restarted;
  const after = await ask(client(t, app), { ':path': '/who' });
  assert.notEqual(whoIn(after).pid, pid);
});

/** The version of HTTP that curl settles on. */
async function curl(app: RunningApp & { cert: string }): Promise<string> {
  const args = ['-sS', '--http2', '--cacert', app.cert, '-w', '\n%{http_version}', `${app.url}/who`];
  return (await promisify(execFile)('curl', args)).stdout.split('\n').at(-1)!;
}

test('static files come from the agent over HTTP/2 too', async (t) => {
  const { path } = await meteorBundle();
  const pair = makeCertificate(await testFolder(t), 'static', '127.0.0.1');
  const app = await startRadiant({ app: path, workers: 1, args: [...tlsArgs(pair), '--http2'] });
  t.after(() => app.stop());
  const session = client(t, app);
  const page = await ask(session, { ':path': '/', accept: 'text/html' });
  const file = /src="([^"]+\.js)[^"]*"/.exec(page.body)![1]!;
  const whole = await eventually('the agent has taken the file over', async () => {
    const answer = await ask(session, { ':path': file });
    return /immutable/.test(answer.headers['cache-control'] ?? '') ? answer : undefined;
  });
  const { etag } = whole.headers;
  const unchanged = await ask(session, { ':path': file, 'if-none-match': etag! });
  assert.deepEqual([unchanged.status, unchanged.body], [304, '']);
  const part = await ask(session, { ':path': file, range: 'bytes=10-19' });
  assert.deepEqual([part.status, part.body], [206, whole.body.slice(10, 20)]);
  const head = await ask(session, { ':path': file, ':method': 'HEAD' });
  assert.deepEqual([head.status, head.body], [200, '']);
  assert.equal(head.headers['content-length'], String(whole.body.length));
});

test('what has not finished at the deadline of a drain is cut off', async (t) => {
  const app = await serve(t, ['--drain-timeout', '1s']);
  const held = client(t, app).request({ ':path': '/held' });
  held.on('error', () => {});
  await once(held.resume(), 'response');
  // Not once(): what is cut off may close with an error.
  const closed = new Promise((resolve) => void held.once('close', resolve));
  await app.control.restart({});
  await closed;
});

test('curl speaks HTTP/2 where it is on, and HTTP/1.1 where it is not or Node cannot bear it', async (t) => {
  const [unsafe] = await appNodes('14.21.3');
  assert.equal(await curl(await serve(t)), '2');
  const old = await serve(t, ['--node', unsafe!.path]);
  assert.equal(await curl(old), '1.1');
  assert.match(old.output(), /could end Node 14\.21\.3 \(CVE-2024-27983\): it speaks HTTP\/1\.1 alone/);
  const pair = makeCertificate(await testFolder(t), 'off', '127.0.0.1');
  const off = await startRadiant({ app: appFile, args: tlsArgs(pair) });
  t.after(() => off.stop());
  assert.equal(await curl({ ...off, cert: pair.cert }), '1.1');
});
