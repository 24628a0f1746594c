import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { appNodes } from '../fixtures/nodes.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, startRadiant, type RunningApp } from '../support/radiant.ts';
import { exchanges, head, type Exchange } from './http-exchanges.ts';
import { connectTo, RawClient, valueOf, type Answer } from './http-raw.ts';

const script = fileURLToPath(new URL('../fixtures/http-app.cjs', import.meta.url));
/** What must be the same: everything but Connection, Keep-Alive, Date, our cookie, and who answered. */
function comparable({ headers, body, ...rest }: Answer): unknown {
  const own = /^(?:connection|keep-alive|date|x-worker)$/i;
  const kept = headers.filter(
    ([name, value]) => !own.test(name) && !(/^set-cookie$/i.test(name) && value.startsWith('radiant-')),
  );
  const text = body.toString('latin1').replace(/radiant-app=\d+\.1/, 'radiant-app=N.1');
  return { ...rest, headers: kept, body: text };
}

/** The only field that a proxy adds. */
const away = 'X-Forwarded-For: 203.0.113.9';
const cookieOf = (slot: number): string => `Cookie: radiant-app=${slot}.1; own=ö`;
const workerOf = (answers: Answer[]): number => Number(valueOf(answers[0]!.headers, 'x-worker'));

interface Servant {
  pid: number;
  slot: number;
}

const servants = async (app: RunningApp): Promise<Servant[]> => (await app.status()).workers as Servant[];

/** Connects and tells who has the connection and who has not. */
async function arrive(app: RunningApp): Promise<{ client: RawClient; holder: Servant; other: Servant }> {
  const workers = await servants(app);
  const pids = workers.map(({ pid }) => pid);
  const { client, holder } = await connectTo({ port: app.port, host: '127.0.0.1' }, pids);
  return {
    client,
    holder: workers.find(({ pid }) => pid === holder)!,
    other: workers.find(({ pid }) => pid !== holder)!,
  };
}

/** The ways of a request; each resolves with the answers, and the worker that must have given them. */
type Way = (exchange: Exchange) => Promise<{ answers: Answer[]; worker: number }>;

/** On a connection that has had an answer from its own worker, to `first`. */
const later =
  (app: () => RunningApp, first: (cookie: string) => string): Way =>
  async ({ run }) => {
    const { client, holder, other } = await arrive(app());
    client.send(first(cookieOf(holder.slot)));
    await client.answer();
    const answers = await run(client, cookieOf(other.slot));
    client.socket.destroy();
    return { answers, worker: other.pid };
  };

function ways(plain: () => RunningApp, proxied: () => RunningApp): Record<string, Way> {
  return {
    kept: async ({ run }) => {
      const { client, holder } = await arrive(plain());
      const answers = await run(client, cookieOf(holder.slot));
      client.socket.destroy();
      return { answers, worker: holder.pid };
    },
    moved: async ({ run }) => {
      const { client, other } = await arrive(plain());
      const answers = await run(client, cookieOf(other.slot));
      client.socket.destroy();
      return { answers, worker: other.pid };
    },
    'moved with a later request': later(plain, (cookie) => head('GET /api/echo', cookie)),
    // What was read after a body is not known to the byte: such a connection stays, and its requests are forwarded.
    forwarded: later(plain, (cookie) => `${head('POST /api/echo', cookie, 'Content-Length: 2')}hi`),
    'forwarded behind a proxy': async ({ run }) => {
      const { client, other } = await arrive(proxied());
      const answers = await run(client, `${cookieOf(other.slot)}\r\n${away}`);
      client.socket.destroy();
      return { answers, worker: other.pid };
    },
  };
}

for (const { version, path } of await appNodes('14.21.3', '24')) {
  describe(`an answer is the same on Node ${version}`, () => suite(path));
}

function suite(node: string): void {
  let plain: RunningApp;
  let proxied: RunningApp;
  let bare: ChildProcess;
  let port: number;

  before(async () => {
    port = await freePort();
    bare = spawn(node, [script], {
      env: { ...process.env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(bare.stdout!, 'data');
    [plain, proxied] = await Promise.all([
      startRadiant({ app: script, args: ['--node', node] }),
      startRadiant({ app: script, args: ['--node', node, '--proxies', '1'] }),
    ]);
  });
  after(async () => {
    bare.kill('SIGKILL');
    await Promise.all([once(bare, 'exit'), plain.stop(), proxied.stop()]);
  });

  for (const [way, go] of Object.entries(
    ways(
      () => plain,
      () => proxied,
    ),
  )) {
    for (const exchange of exchanges) {
      test(`${way}: ${exchange.name}`, async () => {
        const client = new RawClient({ port, host: '127.0.0.1' });
        const cookie = way === 'forwarded behind a proxy' ? `${cookieOf(1)}\r\n${away}` : cookieOf(1);
        const expected = (await exchange.run(client, cookie)).map(comparable);
        client.socket.destroy();
        const { answers, worker } = await go(exchange);
        assert.deepEqual(answers.map(comparable), expected);
        assert.equal(workerOf(answers), worker);
      });
    }
  }

  /** A connection whose requests go to the other worker: moved there, or forwarded. */
  const foreign = {
    moved: async () => arrive(plain),
    forwarded: async () => arrive(proxied),
  };

  for (const [way, go] of Object.entries(foreign)) {
    test(`${way}: a client that goes away ends the answer in the worker`, async () => {
      const { client, other } = await go();
      client.send(head('GET /hang', cookieOf(other.slot), away));
      await client.received('begun');
      const earlier = await abortedIn(other);
      client.socket.destroy();
      await eventually('the abort', async () => (await abortedIn(other)) === earlier + 1);
    });

    test(`${way}: a slow reader fills no memory`, async () => {
      const { client, holder, other } = await go();
      client.socket.pause();
      const size = 150 * 1024 * 1024;
      client.send(head(`GET /api/bytes?n=${size}`, cookieOf(other.slot), away));
      await eventually('the buffers are full', async () => settled(client));
      for (const { pid } of [holder, other]) {
        // oxlint-disable-next-line no-await-in-loop -- two of them
        assert.ok((await rssOf(pid)) < 140 * 1024 * 1024, `worker ${pid} grew`);
      }
      client.socket.destroy();
    });

    test(`${way}: an upload waits until the app reads`, async () => {
      const { client, holder, other } = await go();
      const size = 150 * 1024 * 1024;
      client.send(head('POST /gate', cookieOf(other.slot), away, `Content-Length: ${size}`));
      const block = Buffer.alloc(1024 * 1024);
      for (let sent = 0; sent < size; sent += block.length) client.socket.write(block);
      await eventually('the buffers are full', async () => settled(client));
      assert.ok(
        client.socket.writableLength > size / 2,
        `${client.socket.writableLength} bytes wait, ${client.failure}: ${client.text}`,
      );
      for (const { pid } of [holder, other]) {
        // oxlint-disable-next-line no-await-in-loop -- two of them
        assert.ok((await rssOf(pid)) < 140 * 1024 * 1024, `worker ${pid} grew`);
      }
      const opener = await direct(other);
      opener.send(head('GET /open', 'X: y'));
      await opener.answer();
      opener.socket.destroy();
      assert.equal((await client.answer()).body.toString(), 'read');
      client.socket.destroy();
    });
  }

  /** A connection to one worker, by its own socket. */
  async function direct(servant: Servant): Promise<RawClient> {
    const app = (await servants(plain)).some(({ pid }) => pid === servant.pid) ? plain : proxied;
    const status = await app.status();
    const worker = status.workers.find(({ pid }) => pid === servant.pid)!;
    return new RawClient({ path: worker.socketPath });
  }

  async function abortedIn(servant: Servant): Promise<number> {
    const client = await direct(servant);
    client.send(head('GET /aborted', 'X: y'));
    const { body } = await client.answer();
    client.socket.destroy();
    return Number(body.toString());
  }
}

async function rssOf(pid: number): Promise<number> {
  const match = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'));
  return Number(match![1]) * 1024;
}

/** Nothing goes in or out any more: the same counts ten looks in a row. */
const looks = new WeakMap<RawClient, { bytes: number; times: number }>();
function settled(client: RawClient): boolean {
  const { bytesWritten, writableLength, bytesRead } = client.socket;
  const bytes = bytesWritten - writableLength + bytesRead;
  const last = looks.get(client) ?? { bytes, times: 0 };
  const times = last.bytes === bytes ? last.times + 1 : 0;
  looks.set(client, { bytes, times });
  return times >= 10;
}
