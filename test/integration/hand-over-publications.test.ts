import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { nodesInTurn } from '../fixtures/nodes.ts';
import { runCommand } from '../support/command.ts';
import { DdpAccount } from '../support/ddp-account.ts';
import { connect, transports, type DdpClient } from '../support/ddp-client.ts';
import { buildInstalled } from '../support/meteor-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

/** Has the server of a bundle say something else. */
async function edit(bundle: string, file: string, from: string, to: string): Promise<void> {
  const path = join(bundle, 'programs', 'server', file);
  const text = await readFile(path, 'utf8');
  assert.ok(text.includes(from));
  await writeFile(path, text.replace(from, to));
}

async function start(
  t: TestContext,
  node: string,
  version: string,
): Promise<{ app: RunningApp; next: string }> {
  const folder = await testFolder(t);
  const [bundle, next] = [join(folder, 'bundle'), join(folder, 'next')];
  await buildInstalled({ out: bundle, node: version });
  await buildInstalled({ out: next, node: version });
  const env = { EXAMPLE_DATABASE: join(folder, 'database') };
  const app = await startRadiant({ app: bundle, workers: 1, args: ['--node', node], env });
  t.after(() => app.stop());
  return { app, next };
}

async function deploy(app: RunningApp, bundle: string): Promise<void> {
  const { code, output } = await runCommand(app, ['deploy', bundle, '--no-watch']);
  assert.equal(code, 0, output);
}

const counter = (client: DdpClient): object | undefined => client.collections.get('counters')?.get('counter');

for (const { version, path, test } of await nodesInTurn('14.21.3', '20', '26')) {
  test(`publications of the new release that differ are told as differences, Node ${version}`, async (t) => {
    const { app, next } = await start(t, path, version);
    await edit(next, 'publications.js', '    burst(n', '    renamed(n');
    await edit(next, 'publications.js', '({ count, pid', "({ count, extra: 'new', pid");
    await edit(
      next,
      'habits.js',
      '        visits += 1;\n',
      "        throw new MeteorError('gone', 'no more');\n",
    );
    const clients = await Promise.all(transports.map((transport) => connect(app.url, { transport })));
    const subscribed = await Promise.all(
      clients.map(async (client) => {
        await client.subscribe('counter');
        await client.subscribe('visits');
        return { client, burst: await client.subscribe('burst', 3), account: new DdpAccount(client) };
      }),
    );
    await deploy(app, next);
    for (const { client, burst, account } of subscribed) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      assert.equal(await client.call('echo', 5), 5, 'the session is usable');
      assert.deepEqual(account.problems, []);
      const [removed, nosubs] = [
        account.news.filter((text) => text.startsWith('removed')),
        account.news.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text)),
      ];
      assert.deepEqual(removed.toSorted(), [
        'removed burst/0',
        'removed burst/1',
        'removed burst/2',
        'removed visits/visits',
      ]);
      assert.deepEqual(nosubs.map(({ msg, error }) => `${msg} ${error.error}`).toSorted(), [
        'nosub 404',
        'nosub gone',
      ]);
      assert.ok(nosubs.some(({ id }) => id === burst.id));
      assert.equal(account.news.length, removed.length + nosubs.length, account.news.join('\n'));
      assert.equal((counter(client) as { extra?: string }).extra, 'new');
    }
    await Promise.all(clients.map((client) => client.close()));
  });
}
