import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect, transports, type ConnectOptions } from '../support/ddp-client.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { haproxy, nginx } from '../support/proxies.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { startProxy } from '../support/running-proxy.ts';
import { SteadyCrowd } from '../support/steady-crowd.ts';
import { tcpBalancer } from '../support/tcp-balancer.ts';
import { testFolder } from '../support/tiny-apps.ts';

const { path } = await meteorBundle();

const ways: Record<string, ConnectOptions> = {
  ...Object.fromEntries(transports.map((transport) => [transport, { transport }])),
  'raw, compressed': { deflate: { threshold: 0 } },
  'polling with cookies': { transport: 'xhr-polling', cookies: true },
};

/** An app, and the journal of what its methods did. */
async function start(t: TestContext, ...args: string[]): Promise<{ app: RunningApp; journal: string }> {
  const folder = await testFolder(t);
  const journal = join(folder, 'journal');
  const env = { EXAMPLE_JOURNAL: journal, EXAMPLE_DATABASE: join(folder, 'database') };
  const app = await startRadiant({ app: path, args, env });
  t.after(() => app.stop());
  return { app, journal };
}

/** Restarts before clients that come to `url`. */
async function restart(t: TestContext, app: RunningApp, url: string, journal: string): Promise<void> {
  const crowd = await SteadyCrowd.open({ app, url, journal }, ways);
  t.after(() => crowd.close());
  t.diagnostic(await crowd.during('restart', app.control.restart({})));
  await crowd.assertUnnoticed();
}

for (const proxy of [nginx, haproxy]) {
  test(`a restart behind ${proxy.name} is unnoticed`, async (t) => {
    const { app, journal } = await start(t, '--listen', 'none', '--proxies', '1');
    const { url } = await startProxy(t, proxy, app);
    await restart(t, app, url, journal);
  });
}

test('a restart behind a balancer with the PROXY protocol is unnoticed, and its clients keep their addresses', async (t) => {
  const { app, journal } = await start(t, '--proxy-protocol', '127.0.0.2');
  const url = `http://127.0.0.1:${await tcpBalancer(t, app.port, 'send-proxy-v2')}`;
  const clients = await Promise.all(transports.map((transport) => connect(url, { transport })));
  t.after(() => Promise.all(clients.map((client) => client.close())));
  await restart(t, app, url, journal);
  for (const client of clients) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.equal((await client.call<{ clientAddress: string }>('whoami')).clientAddress, '127.0.0.1');
  }
});
