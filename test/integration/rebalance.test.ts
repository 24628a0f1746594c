import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import { CookieJar, visit } from '../support/cookie-jar.ts';
import { connect, type DdpClient, type Transport } from '../support/ddp-client.ts';
import { eventually } from '../support/eventually.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant } from '../support/radiant.ts';

let bundle: Awaited<ReturnType<typeof meteorBundle>>;
before(async () => {
  bundle = await meteorBundle();
});

const documents = 30;

/** A page of the example app: a DDP session that comes back with the same cookies when it is told to go. */
class Page {
  /** The worker that its session is in. */
  pid = 0;
  calls = 0;
  readonly codes: number[] = [];
  readonly problems: string[] = [];
  readonly #url: string;
  readonly #transport: Transport;
  readonly #busy: boolean;
  readonly #jar = new CookieJar();
  readonly #first = Promise.withResolvers<void>();
  #open = true;
  #ended: Promise<void> | undefined;

  /** A busy one calls one method after the other. */
  constructor(url: string, transport: Transport, busy: boolean) {
    this.#url = url;
    this.#transport = transport;
    this.#busy = busy;
  }

  /** Resolves when it is connected and has all its data. */
  async open(): Promise<void> {
    await visit(`${this.#url}/`, this.#jar);
    this.#ended = this.#live();
    await this.#first.promise;
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#leave?.();
    await this.#ended;
  }

  #leave: (() => void) | undefined;

  async #live(): Promise<void> {
    while (this.#open) {
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      await this.#session().catch((error: unknown) => this.problems.push(String(error)));
      this.#first.resolve();
    }
  }

  async #session(): Promise<void> {
    const client = await connect(this.#url, { transport: this.#transport, cookies: this.#jar });
    this.#leave = () => void client.close();
    // It was closed while it connected again.
    if (!this.#open) this.#leave();
    const { documents: found } = await client.subscribe('burst', documents);
    const burst = [...(found.get('burst')?.values() ?? [])];
    if (burst.length !== documents) this.problems.push(`${burst.length} documents`);
    this.pid = Number(burst[0]!.pid);
    this.#first.resolve();
    if (this.#busy) await this.#work(client);
    const { code } = await client.closed;
    if (this.#open) this.codes.push(code);
  }

  async #work(client: DdpClient): Promise<void> {
    const gone = new AbortController();
    client.once('close', () => gone.abort());
    // A test that stands still between two calls must not make it idle: one of its methods runs all the time.
    void client.call('slow', 600_000).catch(() => {});
    while (this.#open && !gone.signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await client.call('slow', 100).catch((error: unknown) => {
        if (this.#open) this.problems.push(String(error));
      });
      this.calls += 1;
    }
  }
}

/** Clients are told to come again. */
const reconnecting = ['--hand-over', 'false'];

test('idle DDP sessions are handed over to a new worker: their clients notice nothing', async (t) => {
  const app = await startRadiant({ app: bundle.path, workers: 1 });
  t.after(() => app.stop());
  const clients = await Promise.all(
    Array.from({ length: 16 }, (_, i) => connect(app.url, { transport: i % 2 === 0 ? 'raw' : 'websocket' })),
  );
  await Promise.all(clients.map((client) => client.subscribe('notes', 'all')));
  const heard = clients.map((client) => {
    const messages: unknown[] = [];
    client.on('message', (message) => message.msg !== 'ping' && messages.push(message));
    return messages;
  });
  await app.control.scale({ workers: 2 });
  // The mean is 8, and half of all may go.
  await eventually('a half is in the new worker', async () => {
    const { workers } = await app.status();
    return workers.every(({ websockets }) => websockets === 8);
  });
  assert.deepEqual(heard.flat(), []);
  const pids = await Promise.all(
    clients.map(async (client) => (await client.call<{ pid: number }>('whoami')).pid),
  );
  const counts = (await app.status()).workers.map(({ pid }) => pids.filter((each) => each === pid).length);
  assert.deepEqual(counts, [8, 8]);
  await Promise.all(clients.map((client) => client.close()));
});

test('idle DDP sessions move to a new worker, a bounded share of them; busy ones stay', async (t) => {
  const running = await startRadiant({ app: bundle.path, workers: 1, args: reconnecting });
  const [old] = (await running.status()).workers.map(({ pid }) => pid!);
  const pages = (count: number, busy: boolean): Page[] =>
    Array.from({ length: count }, (_, i) => new Page(running.url, i % 2 === 0 ? 'raw' : 'websocket', busy));
  // Half of all may be sent away: more than there are idle ones.
  const [idle, busy] = [pages(8, false), pages(12, true)];
  const all = [...idle, ...busy];
  t.after(async () => {
    await Promise.all(all.map((page) => page.close()));
    await running.stop();
  });
  await Promise.all(all.map((page) => page.open()));
  assert.ok(all.every(({ pid }) => pid === old));

  await running.control.scale({ workers: 2 });
  const fresh = (await running.status()).workers.find(({ slot }) => slot === 2)!.pid;
  await eventually('all idle ones are in the new worker', () => idle.every(({ pid }) => pid === fresh));
  const had = busy.map(({ calls }) => calls);
  await eventually('the busy ones go on', () => busy.every(({ calls }, i) => calls > had[i]! + 3));
  assert.deepEqual(
    idle.map(({ codes }) => codes),
    idle.map(() => [1000]),
    'each was told once, in order',
  );
  assert.deepEqual([...new Set(busy.map(({ pid }) => pid))], [old]);
  assert.deepEqual(
    busy.flatMap(({ codes }) => codes),
    [],
  );
  assert.deepEqual(
    all.flatMap(({ problems }) => problems),
    [],
  );
});

test('no more than half of what a full worker holds is sent away, however idle it is', async (t) => {
  const running = await startRadiant({ app: bundle.path, workers: 1, args: reconnecting });
  const all = Array.from(
    { length: 24 },
    (_, i) => new Page(running.url, i % 2 === 0 ? 'raw' : 'websocket', false),
  );
  t.after(async () => {
    await Promise.all(all.map((page) => page.close()));
    await running.stop();
  });
  await Promise.all(all.map((page) => page.open()));
  await running.control.scale({ workers: 3 });
  // The mean would be 8: 16 are too many, 12 may go.
  await eventually(
    'a half has moved',
    () =>
      new Set(all.map(({ pid }) => pid)).size === 3 &&
      all.filter(({ codes }) => codes.length > 0).length >= 12,
  );
  const websockets = await eventually('they are all back', async () => {
    const counts = (await running.status()).workers.map((worker) => worker.websockets);
    return counts.reduce((sum, each) => sum + each, 0) === all.length ? counts : undefined;
  });
  const [full, ...fresh] = websockets;
  assert.equal(full, 12);
  // Most come with a new cookie, which was given by counts that are a quarter of a second old.
  assert.ok(
    fresh.every((each) => each >= 4),
    websockets.join(' '),
  );
  assert.deepEqual(
    all.flatMap(({ problems }) => problems),
    [],
  );
});
