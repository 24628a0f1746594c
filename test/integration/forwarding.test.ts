import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { appNodes } from '../fixtures/nodes.ts';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { serving, testFolder } from '../support/tiny-apps.ts';
import { head } from './http-exchanges.ts';
import { connectTo, RawClient, valueOf } from './http-raw.ts';

const script = fileURLToPath(new URL('../fixtures/http-app.cjs', import.meta.url));
const cookieOf = (slot: number): string => `Cookie: radiant-app=${slot}.1`;

async function started(t: TestContext, version: string, ...args: string[]): Promise<RunningApp> {
  const [node] = await appNodes(version);
  const app = await startRadiant({ app: script, args: ['--node', node!.path, ...args] });
  t.after(() => app.stop());
  await serving(app);
  return app;
}

/** A client of the socket of slot 1, whose requests belong to slot 2. */
async function foreign(t: TestContext, app: RunningApp): Promise<RawClient> {
  const { workers } = await app.status();
  const client = new RawClient({ path: workers.find(({ slot }) => slot === 1)!.socketPath });
  t.after(() => client.socket.destroy());
  return client;
}

/** A client of the public port, and the worker that has not accepted its connection. */
async function fresh(
  t: TestContext,
  app: RunningApp,
): Promise<{ client: RawClient; other: { slot: number; pid: number | null } }> {
  const { workers } = await app.status();
  const pids = workers.map(({ pid }) => pid!);
  const { client, holder } = await connectTo({ port: app.port, host: '127.0.0.1' }, pids);
  t.after(() => client.socket.destroy());
  return { client, other: workers.find(({ pid }) => pid !== holder)! };
}

interface Echo {
  rawTrailers: string[];
  body: { length: number };
}
const echoOf = ({ body }: { body: Buffer }): Echo => JSON.parse(body.toString()) as Echo;

for (const version of ['14.21.3', '20', '26']) {
  test(`what a client may say ends no worker on the way to another, on Node ${version}`, async (t) => {
    const app = await started(t, version);
    const before = await serving(app);
    const sent = [
      head('POST /api/echo', cookieOf(2), 'Trailer: X-Sum', 'Content-Length: 5') + 'hello',
      head('POST /api/echo', cookieOf(2), 'Trailer: X-Sum', 'Transfer-Encoding: chunked') +
        '5\r\nhello\r\n0\r\nX-Sum: \xe9\r\n\r\n',
      head('GET /api/echo?\xff"<>', cookieOf(2), 'X-Odd: \x80\xff'),
      head('POST /api/echo', cookieOf(2)),
    ];
    for (const bytes of sent) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const client = await foreign(t, app);
      client.send(bytes);
      // oxlint-disable-next-line no-await-in-loop
      const answer = await client.answer();
      assert.match(answer.status, / (?:200|400) /, JSON.stringify(bytes));
    }
    assert.deepEqual(await serving(app), before);
  });
}

test('trailers of both sides, and an answer behind which the connection ends, arrive', async (t) => {
  const app = await started(t, '24');
  const client = await foreign(t, app);
  const chunked = head('POST /api/echo', cookieOf(2), 'Transfer-Encoding: chunked');
  client.send(`${chunked}5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`);
  client.send(head('GET /api/echo', cookieOf(2), 'Connection: close'));
  const first = await client.answer();
  assert.deepEqual([echoOf(first).rawTrailers, echoOf(first).body.length], [['X-Sum', '1'], 5]);
  const second = await client.answer();
  assert.equal(valueOf(second.headers, 'connection'), 'close');
  await assert.rejects(client.answer(), /the connection closed/);
});

test('a body of one byte behind a head with a blank less is not taken for the head', async (t) => {
  const app = await started(t, '24');
  const { client, other } = await fresh(t, app);
  client.send(`${head('POST /api/echo', cookieOf(other.slot), 'X-Tight:1', 'Content-Length: 1')}x`);
  const answer = await client.answer();
  assert.equal(echoOf(answer).body.length, 1);
  assert.equal(Number(valueOf(answer.headers, 'x-worker')), other.pid);
});

test('a connection that moves with a request that expects 100 is told to go on once', async (t) => {
  const app = await started(t, '24');
  const { client, other } = await fresh(t, app);
  client.send(head('PUT /api/echo', cookieOf(other.slot), 'Expect: 100-continue', 'Content-Length: 0'));
  const answer = await client.answer();
  assert.equal(answer.informational.length, 1);
  assert.equal(Number(valueOf(answer.headers, 'x-worker')), other.pid);
});

test('an HTTP/2 upload that ends in an empty frame beside its head is answered', async (t) => {
  const folder = await testFolder(t);
  const app = await started(t, '24', ...tlsArgs(makeCertificate(folder, 'a', '127.0.0.1')), '--http2');
  const session = http2.connect(`https://127.0.0.1:${app.port}`, { rejectUnauthorized: false });
  t.after(() => session.destroy());
  for (const slot of [1, 2]) {
    const path = { ':method': 'POST', ':path': '/api/echo', cookie: `radiant-app=${slot}.1` };
    const stream = session.request(path, { endStream: false });
    stream.end();
    let text = '';
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    assert.equal((JSON.parse(text) as Echo).body.length, 0);
  }
});

test("what an app makes of Node's HTTP client and sockets is nothing to Radiant", async (t) => {
  const folder = await testFolder(t);
  const file = join(folder, 'app.cjs');
  // As packages do that send all of an app's requests by a proxy, or trace them.
  writeFileSync(
    file,
    `const http = require('http'), net = require('net');
     const refuse = () => { throw new Error('not by this way'); };
     http.request = http.get = http.globalAgent.addRequest = refuse;
     http.Agent.prototype.addRequest = net.connect = net.createConnection = refuse;
     net.Socket.prototype.connect = refuse;
     http.createServer((req, res) => req.resume().on('end', () => res.end('pid ' + process.pid))).listen(process.env.PORT);`,
  );
  const app = await startRadiant({ app: file });
  t.after(() => app.stop());
  const client = await foreign(t, app);
  client.send(head('POST /', cookieOf(2), 'Content-Length: 2'), 'hi');
  const { workers } = await app.status();
  const owner = workers.find(({ slot }) => slot === 2)!;
  assert.equal((await client.answer()).body.toString(), `pid ${owner.pid}`);
});
