import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { connect, type ConnectOptions } from '../support/ddp-client.ts';
import { buildInstalled } from '../support/meteor-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { connectTo, type RawClient } from './http-raw.ts';

const nodeApp = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

interface Who {
  pid: number;
  clientAddress: string | null;
  remoteAddress: string | null;
  remotePort: number;
  headers: Record<string, string>;
}

const ways = ['kept', 'moved', 'forwarded'] as const;
type Way = (typeof ways)[number];

async function ask(client: RawClient, fields: readonly string[], body = ''): Promise<Who> {
  const framed = body === '' ? fields : [...fields, `Content-Length: ${body.length}`];
  const method = body === '' ? 'GET' : 'POST';
  client.send([`${method} /api/whoami HTTP/1.1`, 'Host: app', ...framed, '', body].join('\r\n'));
  return JSON.parse((await client.answer()).body.toString()) as Who;
}

/** Asks who the app thinks it talks to, and makes sure that the request went the way it should. */
async function whoami(app: RunningApp, way: Way, host: string, fields: string[] = []): Promise<Who> {
  const { workers } = await app.status();
  const pids = workers.map(({ pid }) => pid!);
  const { client, holder } = await connectTo({ port: app.port, host }, pids);
  const target = workers.find(({ pid }) => (pid === holder) === (way === 'kept'))!;
  // A request moves its connection; after one with a body it is forwarded.
  if (way === 'forwarded') assert.equal((await ask(client, fields, 'hi')).pid, holder);
  const who = await ask(client, [`Cookie: radiant-app=${target.slot}.1`, ...fields]);
  assert.equal(who.pid, target.pid);
  client.socket.destroy();
  return who;
}

const ddp = async (app: RunningApp, host: string, options: ConnectOptions): Promise<Who> => {
  const client = await connect(`http://${host}:${app.port}`, options);
  const who = await client.call<Who>('whoami');
  await client.close();
  return who;
};

const forged = ['X-Forwarded-For: 203.0.113.66', 'X-Real-IP: 203.0.113.66'];

describe("the client's address is the true one", () => {
  const apps: Record<string, RunningApp> = {};
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'radiant-address-'));
    const bundle = join(folder, 'bundle');
    await buildInstalled({ out: bundle, node: '20.20.2' });
    const meteor = (proxies: number): Promise<RunningApp> =>
      startRadiant({ app: bundle, args: ['--node', process.execPath, '--proxies', String(proxies)] });
    apps['node'] = await startRadiant({ app: nodeApp });
    for (const proxies of [0, 1, 2]) {
      // oxlint-disable-next-line no-await-in-loop -- the machine has two cores
      apps[`meteor ${proxies}`] = await meteor(proxies);
    }
  });
  after(async () => {
    await Promise.all(Object.values(apps).map((app) => app.stop()));
    await rm(folder, { recursive: true });
  });

  for (const way of ways) {
    for (const host of ['127.0.0.1', '::1']) {
      for (const name of ['node', 'meteor 0']) {
        test(`${name}, HTTP, ${way}, ${host}`, async () => {
          const who = await whoami(apps[name]!, way, host, forged);
          assert.equal(who.remoteAddress, host);
          assert.equal(who.clientAddress, host);
          assert.equal(who.headers['x-forwarded-for'], undefined);
        });
      }
    }
  }

  test('a WebSocket of the node app, wherever it goes', async () => {
    const app = apps['node']!;
    for (const { slot, pid } of (await app.status()).workers) {
      for (const host of ['127.0.0.1', '[::1]']) {
        const socket = new WebSocket(`ws://${host}:${app.port}`, {
          headers: { cookie: `radiant-app=${slot}.1`, 'x-forwarded-for': '203.0.113.66' },
        });
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const text = await new Promise<string>((resolve, reject) => {
          socket.once('message', (data: Buffer) => resolve(data.toString()));
          socket.once('error', reject);
        });
        socket.terminate();
        const who = JSON.parse(text) as Who;
        assert.equal(who.pid, pid);
        assert.equal(who.remoteAddress, host.replace(/[[\]]/g, ''));
      }
    }
  });

  for (const transport of ['raw', 'websocket', 'xhr-polling'] as const) {
    test(`DDP over ${transport}`, async () => {
      const app = apps['meteor 0']!;
      for (const { slot, pid } of (await app.status()).workers) {
        for (const host of ['127.0.0.1', '[::1]']) {
          const headers = { cookie: `radiant-app=${slot}.1`, 'x-forwarded-for': '203.0.113.66' };
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          const who = await ddp(app, host, { transport, headers, cookies: false });
          assert.equal(who.clientAddress, host.replace(/[[\]]/g, ''));
          if (transport !== 'xhr-polling') assert.equal(who.pid, pid);
        }
      }
    });
  }

  const lists: Record<string, { given: string | undefined; one: string; two: string }> = {
    'as it should be': { given: '198.51.100.7', one: '198.51.100.7', two: '198.51.100.7, 198.51.100.7' },
    'with a forged entry': {
      given: '203.0.113.66, 198.51.100.7',
      one: '198.51.100.7',
      two: '203.0.113.66, 198.51.100.7',
    },
    'with many': { given: '1.1.1.1, 2.2.2.2,3.3.3.3', one: '3.3.3.3', two: '2.2.2.2, 3.3.3.3' },
    missing: { given: undefined, one: '127.0.0.1', two: '127.0.0.1, 127.0.0.1' },
  };
  for (const [proxies, key] of [
    [1, 'one'],
    [2, 'two'],
  ] as const) {
    for (const [name, list] of Object.entries(lists)) {
      test(`behind ${proxies}: X-Forwarded-For ${name} has exactly ${proxies} entries`, async () => {
        const app = apps[`meteor ${proxies}`]!;
        const fields = list.given === undefined ? [] : [`X-Forwarded-For: ${list.given}`];
        for (const way of ['kept', 'moved', 'forwarded'] as const) {
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          const who = await whoami(app, way, '127.0.0.1', fields);
          assert.equal(who.headers['x-forwarded-for'], list[key]);
          assert.equal(who.clientAddress, list[key].split(', ')[0]);
        }
        const headers: Record<string, string> =
          list.given === undefined ? {} : { 'x-forwarded-for': list.given };
        const who = await ddp(app, '127.0.0.1', { headers, cookies: false });
        assert.equal(who.clientAddress, list[key].split(', ')[0]);
      });
    }
  }
});
