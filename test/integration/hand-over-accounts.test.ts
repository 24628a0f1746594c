import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { nodesInTurn } from '../fixtures/nodes.ts';
import { DdpAccount } from '../support/ddp-account.ts';
import { connect, transports, type DdpClient } from '../support/ddp-client.ts';
import { buildInstalled } from '../support/meteor-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

interface Place {
  app: RunningApp;
  /** How often each hook of the app has run. */
  hooks(): Record<string, number>;
}

async function start(t: TestContext, node: string, version: string): Promise<Place> {
  const folder = await testFolder(t);
  const [bundle, hooks] = [join(folder, 'bundle'), join(folder, 'hooks')];
  await buildInstalled({ out: bundle, node: version });
  const env = { EXAMPLE_HOOKS: hooks, EXAMPLE_DATABASE: join(folder, 'database') };
  const app = await startRadiant({ app: bundle, workers: 1, args: ['--node', node], env });
  t.after(() => app.stop());
  const names = (): string[] => readFileSync(hooks, 'utf8').trim().split('\n');
  return {
    app,
    hooks: () => {
      const counts: Record<string, number> = {};
      for (const name of names()) counts[name] = (counts[name] ?? 0) + 1;
      return counts;
    },
  };
}

const userOf = (client: DdpClient): unknown => client.collections.get('users')?.get('user-ada');
const userIds = (clients: DdpClient[]): Promise<unknown[]> =>
  Promise.all(clients.map((client) => client.call('userId')));

/** Restarts, after which none of the sessions is where it was, and none has ended. */
async function restart({ app }: Place, clients: DdpClient[]): Promise<void> {
  const pids = (): Promise<number[]> =>
    Promise.all(clients.map(async (client) => (await client.call<{ pid: number }>('whoami')).pid));
  const before = await pids();
  await app.control.restart({});
  const after = await pids();
  assert.ok(after.every((pid) => !before.includes(pid)));
}

for (const { version, path, test } of await nodesInTurn('26', '14.21.3', '20')) {
  test(`a login goes along, and its hooks do not run again, Node ${version}`, async (t) => {
    const place = await start(t, path, version);
    const { app, hooks } = place;
    const clients = await Promise.all(transports.map((transport) => connect(app.url, { transport })));
    const [first, ...others] = clients as [DdpClient, ...DdpClient[]];
    for (const client of clients) {
      // oxlint-disable-next-line no-await-in-loop -- one user is made once
      await client.call('login', { username: 'ada' });
    }
    const own = await connect(app.url);
    await own.call('become', 'grace');
    const user = userOf(first);
    assert.ok(user !== undefined);
    const before = hooks();
    const accounts = clients.map((client) => new DdpAccount(client));

    await restart(place, [...clients, own]);
    assert.deepEqual(await userIds([own]), ['grace'], 'without accounts');
    assert.deepEqual(
      await userIds(clients),
      clients.map(() => 'user-ada'),
    );
    for (const client of clients) assert.deepEqual(userOf(client), user);
    assert.deepEqual(hooks(), { ...before, onConnection: before.onConnection! + clients.length + 1 });
    assert.deepEqual(
      accounts.flatMap(({ news, problems }) => [...news, ...problems]),
      [],
      'nothing was told again',
    );

    const token = (await first.call<{ token: string }>('getNewToken')).token;
    await first.call('removeOtherTokens');
    const ends = await Promise.all(others.map((client) => client.closed));
    assert.deepEqual(
      ends.map(({ code }) => code),
      others.map(() => 1000),
      'logged out elsewhere',
    );
    await restart(place, [first]);
    assert.deepEqual(await userIds([first]), ['user-ada']);
    const resumed = await connect(app.url);
    await resumed.call('login', { resume: token });
    await first.call('logout');
    assert.deepEqual(await userIds([first]), [null]);
    assert.equal(userOf(first), undefined);
    await resumed.closed;
    await restart(place, [first]);
    assert.deepEqual(await userIds([first]), [null], 'a logout goes along too');
    await Promise.all([first.close(), own.close()]);
  });
}
