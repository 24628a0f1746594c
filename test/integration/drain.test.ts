import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { appNodes } from '../fixtures/nodes.ts';
import { connect, transports, type Closed, type DdpClient, type Transport } from '../support/ddp-client.ts';
import { eventually } from '../support/eventually.ts';
import { buildInstalled } from '../support/meteor-bundle.ts';
import { reconnecting, startRadiant, type RunningApp } from '../support/radiant.ts';
import { connectSocketIo } from '../support/socketio-client.ts';

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
const clientsEach = 6;
const methodMs = 800;

interface Goodbye extends Closed {
  transport: Transport;
}

/** Calls methods without pause, and like Meteor's client comes back and calls again what had no answer. */
class Caller {
  readonly goodbyes: Goodbye[] = [];
  readonly pids = new Set<number>();
  readonly done: Promise<void>;
  calls = 0;
  #running = true;
  readonly #url: string;
  readonly #transport: Transport;
  readonly #name: string;

  constructor(url: string, transport: Transport, index: number) {
    this.#url = url;
    this.#transport = transport;
    this.#name = `${transport} ${index}`;
    this.done = this.#loop(index);
  }

  async #loop(index: number): Promise<void> {
    let client: DdpClient | undefined;
    const methods = [index % 2 === 0 ? 'incrementSlowly' : 'incrementAlone', 'increment'];
    while (this.#running) {
      client ??= await this.#open(index);
      if (await this.#call(client, methods[this.calls % 2]!)) this.calls += 1;
      else client = undefined;
    }
    await client?.close();
  }

  async #open(index: number): Promise<DdpClient> {
    const client = await connect(this.#url, { transport: this.#transport, cookies: index % 3 !== 0 });
    const { pid } = await client.call<{ pid: number }>('whoami');
    this.pids.add(pid);
    return client;
  }

  /** False when the connection was closed before the answer: the same key is called again. */
  async #call(client: DdpClient, method: string): Promise<boolean> {
    try {
      await client.call(method, `${this.#name} ${this.calls}`, methodMs);
      return true;
    } catch {
      this.goodbyes.push({ ...(await client.closed), transport: this.#transport });
      return false;
    }
  }

  stop(): Promise<void> {
    this.#running = false;
    return this.done;
  }
}

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  trailers: NodeJS.Dict<string>;
  body: string;
}

/** A request on a connection that is to be kept; `send` writes its body. */
function ask(
  url: string,
  { method = 'GET', socketPath }: { method?: string; socketPath?: string },
  send = (request: http.ClientRequest): void => void request.end(),
): Promise<Answer> {
  const agent = new http.Agent({ keepAlive: true });
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname, search } = new URL(url);
    // By its options: the SockJS client's support replaces http.request and knows no other form.
    const to = socketPath === undefined ? { hostname, port } : { socketPath };
    const options = { ...to, path: pathname + search, method, agent };
    const request = http.request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode, headers, trailers } = response;
        agent.destroy();
        resolve({ status: statusCode!, headers, trailers, body });
      });
    });
    request.on('error', reject);
    send(request);
  });
}

/** Requests that begin now, and end when the first worker has said a goodbye; one of them is certainly that worker's. */
async function underWay(running: RunningApp, goodbye: Promise<unknown>): Promise<void> {
  const block = Buffer.alloc(64 * 1024, 'x');
  const blocks = 40;
  const upload = (socketPath?: string): Promise<Answer> =>
    ask(`${running.url}/api/upload`, { method: 'POST', ...(socketPath && { socketPath }) }, (request) => {
      request.write(block);
      void goodbye.then(() => {
        for (let i = 1; i < blocks; i += 1) request.write(block);
        request.end();
      });
    });
  // Slot 1 is the first that is restarted.
  const { socketPath } = (await running.status()).workers[0]!;
  const [uploads, streamed] = [
    [upload(), upload(socketPath)],
    ask(`${running.url}/api/stream?n=80&ms=100`, {}),
  ];
  const hash = createHash('sha256');
  for (let i = 0; i < blocks; i += 1) hash.update(block);
  const sha256 = hash.digest('hex');
  const answers = await Promise.all(uploads);
  for (const { status, body } of answers) {
    assert.equal(status, 200);
    const seen = JSON.parse(body) as { length: number; sha256: string };
    assert.deepEqual([seen.length, seen.sha256], [blocks * block.length, sha256]);
  }
  const stream = await streamed;
  assert.equal(stream.trailers['x-sha256'], createHash('sha256').update(stream.body).digest('hex'));
  assert.equal(stream.body.split('\n').length, 81);
  assert.equal(answers[1]!.headers.connection, 'close');
}

for (const node of ['this', '14.21.3']) {
  test(`a restart that has sessions reconnect closes none in the middle of a method, Node ${node}`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'rad-drain-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    if (node !== 'this') await appNodes(node);
    const app = join(folder, 'bundle');
    const journal = join(folder, 'journal');
    await buildInstalled({ out: app, ...(node !== 'this' && { node }) });
    const env = { EXAMPLE_JOURNAL: journal };
    const running = await startRadiant({ app, workers: 2, args: reconnecting, env });
    t.after(() => running.stop());
    const old = (await running.status()).workers.map(({ pid }) => pid!);
    const callers = transports.flatMap((transport) =>
      Array.from({ length: clientsEach }, (_, index) => new Caller(running.url, transport, index)),
    );
    await eventually('all call methods', () => callers.every(({ calls }) => calls >= 2));
    const goodbye = eventually('a goodbye', () => callers.some(({ goodbyes }) => goodbyes.length > 0));
    const requests = underWay(running, goodbye);

    await running.control.restart({});
    await requests;
    await eventually('all have come back', () => callers.every(({ pids }) => pids.size >= 2));
    await Promise.all(callers.map((caller) => caller.stop()));

    const goodbyes = callers.flatMap((caller) => caller.goodbyes);
    const codes = goodbyes.map(({ transport, code }) => `${transport} ${code}`);
    t.diagnostic(`closes: ${[...new Set(codes)].join(', ')}; ${codes.length} of ${callers.length} clients`);
    assert.deepEqual(
      goodbyes.filter(({ code }) => code !== 1000),
      [],
      'every session ended in order',
    );
    const keys = readFileSync(journal, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { key: string }).key);
    assert.equal(
      new Set(keys).size,
      keys.length,
      'no method had begun when its session ended, and ran twice',
    );
    const now = (await running.status()).workers.map(({ pid }) => pid!);
    for (const { pids } of callers) {
      assert.ok([...pids].some((pid) => now.includes(pid)));
      assert.ok([...pids].every((pid) => now.includes(pid) || old.includes(pid)));
    }
  });
}

test('sessions that lost their network are resumed in the worker that drains', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rad-resume-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const app = join(folder, 'bundle');
  await buildInstalled({ out: app });
  const running = await startRadiant({ app, workers: 1, args: reconnecting });
  t.after(() => running.stop());
  const sockets = join(running.home, 'run', running.name, 'sockets');
  const [own] = (await readdir(sockets)).filter((name) => /\.\d+\.\d+\.sock$/.test(name));
  const socketPath = join(sockets, own!);
  const busy = await connect(running.url, { socketPath });
  const lost = await Promise.all([1, 2].map(() => connect(running.url, { socketPath })));
  await Promise.all(lost.map((client) => client.drop()));
  // The worker cannot end while this runs, which is until the session is kicked.
  busy.call('slow', 600_000).catch(() => {});
  // One client has connected already, and the other one comes later.
  const early = net.connect(socketPath);
  t.after(() => early.destroy());
  const draining = await running.event(({ type }) => type === 'draining');
  const restarted = running.control.restart({});
  await draining.seen;
  // Meanwhile a worker that drains has looked for connections that it can move.
  assert.ok((await fetch(`${running.url}/api/slow?ms=500`)).ok);
  const back = await Promise.all(
    [early, undefined].map((socket, index) =>
      connect(running.url, { socketPath, socket, ...lost[index]!.resumption }),
    ),
  );
  assert.deepEqual(
    back.map(({ resumed }) => resumed),
    [true, true],
  );
  const ends = await Promise.all(back.map(({ closed }) => closed));
  assert.deepEqual(
    ends.map(({ code }) => code),
    [1000, 1000],
  );
  busy.call('kick').catch(() => {});
  await Promise.all([busy.closed, restarted]);
});

test('a Socket.IO client that polls goes on', async (t) => {
  const running = await startRadiant({ app: example('socketio-app'), workers: 2 });
  t.after(() => running.stop());
  const options = {
    transports: ['polling'],
    reconnection: true,
    reconnectionDelay: 50,
    retries: 5,
    ackTimeout: 3000,
  };
  const socket = await connectSocketIo(running.url, options);
  t.after(() => socket.disconnect());
  const reasons: string[] = [];
  socket.on('disconnect', (reason) => reasons.push(reason));
  const echo = async (value: number): Promise<number> =>
    ((await socket.emitWithAck('echo', value)) as { pid: number }).pid;
  let ended = false;
  const restarted = running.control.restart({}).then(() => (ended = true));
  const pids = [await echo(0)];
  // oxlint-disable-next-line no-unmodified-loop-condition -- set when the restart has ended
  while (!ended) {
    pids.push(await echo(pids.length));
    await wait(20);
  }
  await restarted;
  pids.push(await echo(pids.length));
  t.diagnostic(`${pids.length} echoes by ${new Set(pids).size} workers; disconnects: ${reasons.join(', ')}`);
  assert.ok(new Set(pids).size >= 2);
  assert.deepEqual([...new Set(reasons)], ['transport close']);
});

test('at the deadline what is left is cut off', async (t) => {
  const args = ['--drain-timeout', '1s'];
  const running = await startRadiant({ app: example('node-app'), workers: 1, args });
  t.after(() => running.stop());
  const endless = fetch(`${running.url}/api/slow?ms=600000`).then(
    () => 'answered',
    () => 'cut off',
  );
  await eventually('it is there', async () => (await running.status()).workers[0]!.connections > 0);
  const draining = await running.event(({ type }) => type === 'draining');
  const restarted = running.control.restart({});
  await draining.seen;
  const since = performance.now();
  await restarted;
  assert.ok(performance.now() - since < 60_000, 'not after a minute, as without the option');
  assert.equal(await endless, 'cut off');
});
