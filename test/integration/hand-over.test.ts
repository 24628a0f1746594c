import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { nodesInTurn } from '../fixtures/nodes.ts';
import { runCommand } from '../support/command.ts';
import type { ConnectOptions } from '../support/ddp-client.ts';
import { eventually } from '../support/eventually.ts';
import { buildInstalled } from '../support/meteor-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { assertUpToDate, SteadyClient } from '../support/steady-client.ts';
import { testFolder } from '../support/tiny-apps.ts';

/** Every way to be connected; the small messages of DDP are compressed too. */
const ways: Record<string, ConnectOptions> = {
  raw: {},
  'raw, compressed': { deflate: { threshold: 0 } },
  'raw, small windows': { deflate: { threshold: 0, clientMaxWindowBits: 9, serverMaxWindowBits: 10 } },
  'raw, client without context': { deflate: { threshold: 0, clientNoContextTakeover: true } },
  'raw, server without context': { deflate: { threshold: 0, serverNoContextTakeover: true } },
  'raw, long messages compressed': { deflate: { threshold: 64 } },
  SockJS: { transport: 'websocket' },
  'SockJS, compressed': { transport: 'websocket', deflate: { threshold: 0 } },
  streaming: { transport: 'xhr-streaming' },
  'streaming with cookies': { transport: 'xhr-streaming', cookies: true },
  polling: { transport: 'xhr-polling' },
  'polling with cookies': { transport: 'xhr-polling', cookies: true },
};

interface Place {
  app: RunningApp;
  clients: SteadyClient[];
  journal: string;
  bundle: string;
}

async function start(t: TestContext, node: string, version: string): Promise<Place> {
  const folder = await testFolder(t);
  const [bundle, journal] = [join(folder, 'bundle'), join(folder, 'journal')];
  await buildInstalled({ out: bundle, node: version });
  const env = { EXAMPLE_JOURNAL: journal, EXAMPLE_DATABASE: join(folder, 'database') };
  const app = await startRadiant({ app: bundle, workers: 3, args: ['--node', node], env });
  t.after(() => app.stop());
  const clients = await Promise.all(
    Object.entries(ways).map(([name, options]) => SteadyClient.open(app.url, name, options)),
  );
  t.after(() => Promise.all(clients.map(({ client }) => client.close())));
  return { app, clients, journal, bundle };
}

/** Workers end, and their sessions go on in others. */
async function operate({ app, clients }: Place, what: string, operation: Promise<unknown>): Promise<string> {
  await operation;
  const pids = (await app.status()).workers.map(({ pid }) => pid);
  await eventually(`after ${what} all are served by workers that live`, () => {
    const lost = clients.find(({ closed, failure }) => closed ?? failure);
    if (lost) throw new Error(`${lost.name}: ${lost.failure} ${JSON.stringify(lost.closed)} after ${what}`);
    return clients.every(({ pid }) => pids.includes(pid!));
  });
  const longest = Math.max(...clients.map(({ longestMs }) => longestMs));
  for (const client of clients) client.longestMs = 0;
  return `${what}: longest call ${Math.round(longest)} ms`;
}

/** All went on without a word: what was called ran once, what a client has is what there is. */
async function assertUnnoticed({ app, clients, journal }: Place): Promise<void> {
  await Promise.all(clients.map((client) => client.rest()));
  for (const { name, account, failure, closed } of clients) {
    assert.deepEqual([failure, closed], [undefined, undefined], name);
    assert.deepEqual(account.problems, [], name);
    const foreign = account.news.filter(
      (text) => !new RegExp(`^(?:added|removed) notes.*/${name} \\d+$`).test(text),
    );
    assert.deepEqual(foreign, [], `${name}: nothing came but what it has written itself`);
  }
  const ran = readFileSync(journal, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { key: string }).key);
  assert.equal(new Set(ran).size, ran.length, 'no method ran twice');
  for (const client of clients) {
    const counted = client.called.filter((key) => Number(key.split(' ').at(-1)) % 6 === 2).length;
    assert.ok(counted > 0, `${client.name} has worked`);
    assert.equal(client.client.collections.get('notes')!.get(client.name)!.count, counted, client.name);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await assertUpToDate(app.url, client);
  }
}

for (const { version, path, test } of await nodesInTurn('20', '14.21.3', '26')) {
  test(`restarts and other numbers of workers are unnoticed, Node ${version}`, async (t) => {
    const place = await start(t, path, version);
    const { control } = place.app;
    t.diagnostic(await operate(place, 'restart', control.restart({})));
    t.diagnostic(await operate(place, 'scale 1', control.scale({ workers: 1 })));
    t.diagnostic(await operate(place, 'scale 2', control.scale({ workers: 2 })));
    t.diagnostic(await operate(place, 'replace 1', control.replace({ worker: 1 })));
    await assertUnnoticed(place);
  });

  test(`deploys and rollbacks are unnoticed, Node ${version}`, async (t) => {
    const place = await start(t, path, version);
    const { app, bundle } = place;
    t.diagnostic(await operate(place, 'deploy', runCommand(app, ['deploy', bundle, '--no-watch'])));
    t.diagnostic(await operate(place, 'rollback', runCommand(app, ['rollback'])));
    await assertUnnoticed(place);
  });
}
