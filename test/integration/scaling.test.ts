import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import type { FleetEvent } from '../../src/running/events.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';

const journal = fileURLToPath(new URL('apps/journal.cjs', import.meta.url));
const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

async function configFile(t: TestContext, config: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rad-scaling-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'radiant.config.json');
  await writeFile(path, JSON.stringify(config));
  return path;
}

/** So many WebSockets that come at once: none is there for a while without the others. */
async function openSockets(count: number, { url, port }: RunningApp): Promise<WebSocket[]> {
  const connections = Array.from({ length: count }, () => net.connect(port, '127.0.0.1'));
  await Promise.all(connections.map((connection) => once(connection, 'connect')));
  const sockets = connections.map(
    (connection) => new WebSocket(url.replace('http', 'ws'), { createConnection: () => connection }),
  );
  await Promise.all(sockets.map((socket) => once(socket, 'message')));
  return sockets;
}

const ready = async (running: RunningApp): Promise<number> =>
  (await running.status()).workers.filter(({ state }) => state === 'ready').length;

test('the number of workers follows the sessions, within its limits', async (t) => {
  const workers = {
    min: 1,
    max: 3,
    // The event loops of a machine that does other things too tell nothing here.
    target: { eventLoop: 1, sessions: 5, memory: 1 },
    cooldown: { up: '2s', down: '3s' },
  };
  const running = await startRadiant({
    app,
    args: ['--config', await configFile(t, { workers })],
    workers: null,
  });
  t.after(() => running.stop());
  const events: FleetEvent[] = [];
  const stream = await running.control.events((event) => events.push(event));
  t.after(() => stream.close());
  assert.equal(await ready(running), 1, 'it starts with min');

  const sockets = await openSockets(20, running);
  await eventually('three workers are ready', async () => (await ready(running)) === 3);
  const { wanted, automatic, last } = (await running.status()).scaling;
  await eventually(
    'it looks at all three',
    async () => (await running.status()).scaling.sample?.workers === 3,
  );
  assert.deepEqual([wanted, automatic?.min, automatic?.max], [3, 1, 3]);
  assert.deepEqual([last?.from, last?.to], [1, 3]);
  assert.match(last!.reason, /20 sessions of each worker, 5 are aimed at/);
  assert.match(events.find((event) => event.type === 'limit')?.text ?? '', /4 workers are needed .*max is 3/);
  await assert.rejects(running.control.scale({ workers: 4 }), /scales itself between 1 and 3/);

  for (const socket of sockets) socket.close();
  await eventually('one worker is left', async () => {
    const { workers: now } = await running.status();
    return now.length === 1 && now[0]!.slot === 1;
  });
  const sizes = events.flatMap((event) => (event.type === 'scaled' ? [[event.from, event.to]] : []));
  assert.deepEqual(sizes, [
    [1, 3],
    [3, 2],
    [2, 1],
  ]);
  const ends = await eventually('both ends are told', () => {
    const told = events.flatMap((event) => (event.type === 'exit' ? [event.expected] : []));
    return told.length >= 2 ? told : undefined;
  });
  assert.deepEqual(ends, [true, true]);
  const causes = events.flatMap((event) => (event.type === 'starting' ? [event.cause] : []));
  assert.deepEqual(causes, ['scale', 'scale']);
});

/** A WebSocket client with a browser's cookie, that comes back when it is told to go. */
class Visitor {
  slot = 0;
  readonly codes: number[] = [];
  readonly #url: string;
  #cookie = '';
  #left = false;
  #socket: WebSocket | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async open(): Promise<void> {
    const page = await fetch(this.#url, { headers: { accept: 'text/html' } });
    await page.arrayBuffer();
    this.#cookie = page.headers.getSetCookie()[0]!.split(';')[0]!;
    await this.#connect();
  }

  async #connect(): Promise<void> {
    const socket = new WebSocket(this.#url.replace('http', 'ws'), { headers: { cookie: this.#cookie } });
    this.#socket = socket;
    socket.on('close', (code) => {
      this.codes.push(code);
      if (code === 1012 && !this.#left) void this.#connect();
    });
    const [data] = (await once(socket, 'message')) as [Buffer];
    this.slot = (JSON.parse(data.toString()) as { slot: number }).slot;
  }

  leave(): void {
    this.#left = true;
    this.#socket?.close();
  }
}

test('idle WebSockets of full workers move to new ones, although their cookies name the old ones', async (t) => {
  const running = await startRadiant({ app: journal, workers: 1, env: { JOURNAL: '/dev/null' } });
  t.after(() => running.stop());
  const visitors = Array.from({ length: 30 }, () => new Visitor(running.url));
  await Promise.all(visitors.map((visitor) => visitor.open()));
  assert.ok(visitors.every(({ slot }) => slot === 1));
  await running.control.scale({ workers: 2 });
  await eventually(
    'half of them are in the new worker',
    () => visitors.filter(({ slot }) => slot === 2).length >= 15,
  );
  await eventually('the supervisor knows it', async () => {
    const { workers } = await running.status();
    return workers.map(({ websockets }) => websockets).join() === '15,15';
  });
  const codes = visitors.map((visitor) => visitor.codes.join());
  for (const visitor of visitors) visitor.leave();
  assert.deepEqual(
    [codes.filter((each) => each === '').length, codes.filter((each) => each === '1012').length],
    [15, 15],
  );
});

test('by hand within the limits, and the next supervisor goes on from there', async (t) => {
  const config = await configFile(t, { workers: { min: 1, max: 3, target: { eventLoop: 1 } } });
  const running = await startRadiant({ app, args: ['--config', config], workers: null });
  t.after(() => running.stop());
  assert.partialDeepStrictEqual(await running.control.scale({ workers: 2 }), { before: 1, workers: 2 });
  assert.match((await running.status()).scaling.last!.reason, /by hand/);
  // Nothing changes that could be waited for.
  assert.partialDeepStrictEqual(await running.control.scale({ workers: 2 }), { before: 2, workers: 2 });
  const { pid } = (await running.status()).supervisor;
  process.kill(pid, 'SIGKILL');
  const after = await eventually('another supervisor', async () => {
    const status = await running.status().catch(() => undefined);
    return status !== undefined && status.supervisor.pid !== pid ? status : undefined;
  });
  assert.deepEqual([after.scaling.wanted, after.scaling.automatic?.max], [2, 3]);
});
