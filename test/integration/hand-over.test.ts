import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { nodesInTurn } from '../fixtures/nodes.ts';
import { runCommand } from '../support/command.ts';
import type { ConnectOptions } from '../support/ddp-client.ts';
import { buildInstalled } from '../support/meteor-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { SteadyCrowd } from '../support/steady-crowd.ts';
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
  crowd: SteadyCrowd;
  bundle: string;
}

async function start(t: TestContext, node: string, version: string): Promise<Place> {
  const folder = await testFolder(t);
  const [bundle, journal] = [join(folder, 'bundle'), join(folder, 'journal')];
  await buildInstalled({ out: bundle, node: version });
  const env = { EXAMPLE_JOURNAL: journal, EXAMPLE_DATABASE: join(folder, 'database') };
  const app = await startRadiant({ app: bundle, workers: 3, args: ['--node', node], env });
  t.after(() => app.stop());
  const crowd = await SteadyCrowd.open({ app, url: app.url, journal }, ways);
  t.after(() => crowd.close());
  return { app, crowd, bundle };
}

for (const { version, path, test } of await nodesInTurn('20', '14.21.3', '26')) {
  test(`restarts and other numbers of workers are unnoticed, Node ${version}`, async (t) => {
    const { app, crowd } = await start(t, path, version);
    const { control } = app;
    t.diagnostic(await crowd.during('restart', control.restart({})));
    t.diagnostic(await crowd.during('scale 1', control.scale({ workers: 1 })));
    t.diagnostic(await crowd.during('scale 2', control.scale({ workers: 2 })));
    t.diagnostic(await crowd.during('replace 1', control.replace({ worker: 1 })));
    await crowd.assertUnnoticed();
  });

  test(`deploys and rollbacks are unnoticed, Node ${version}`, async (t) => {
    const { app, crowd, bundle } = await start(t, path, version);
    t.diagnostic(await crowd.during('deploy', runCommand(app, ['deploy', bundle, '--no-watch'])));
    t.diagnostic(await crowd.during('rollback', runCommand(app, ['rollback'])));
    await crowd.assertUnnoticed();
  });
}
