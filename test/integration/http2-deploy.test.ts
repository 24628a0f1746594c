import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { Http2Load } from '../support/http2-load.ts';
import { startRadiant } from '../support/radiant.ts';
import { serving, testFolder } from '../support/tiny-apps.ts';
import { full } from '../support/full-size.ts';

const appFile = fileURLToPath(new URL('apps/http2.cjs', import.meta.url));
const clients = full ? 50 : 8;
const paths = ['/who', '/who', '/slow'];

test('deploys under a load of HTTP/2 fail no request; a killed worker only those that it had', async (t) => {
  const folder = await testFolder(t);
  const second = join(folder, 'app.cjs');
  await copyFile(appFile, second);
  // A session stays with the worker that accepted it: its streams are not forwarded.
  const args = [
    ...tlsArgs(makeCertificate(folder, 'deploys', '127.0.0.1')),
    '--http2',
    '--affinity',
    'session',
  ];
  const app = await startRadiant({ app: appFile, args });
  t.after(() => app.stop());
  const load = new Http2Load(app.url, clients, paths);
  t.after(() => load.stop());
  /** One of those that serve now. */
  const answering = (): Promise<number> =>
    eventually('a worker of the release answers', async () =>
      (await serving(app)).find((pid) => load.pids.has(pid)),
    );

  for (const path of [second, appFile]) {
    // oxlint-disable no-await-in-loop -- one deploy after the other
    const { code, output } = await runCommand(app, ['deploy', path, '--no-watch']);
    assert.equal(code, 0, output);
    await answering();
    // oxlint-enable no-await-in-loop
  }
  assert.deepEqual(load.failures, []);
  assert.ok(load.farewells >= clients, 'connections were told to go');
  t.diagnostic(`${load.answered} answered, ${load.farewells} GOAWAY, ${load.repeated} asked for again`);

  const victim = await answering();
  const open = load.openWith(victim);
  process.kill(victim, 'SIGKILL');
  await eventually('another serves', async () => {
    const now = await serving(app);
    return now.length === 2 && !now.includes(victim);
  });
  await load.stop();
  assert.ok(load.failures.length <= open, `${load.failures.length} of ${open}`);
  for (const { pid } of load.failures) assert.ok(pid === undefined || pid === victim);
  t.diagnostic(`${load.failures.length} lost with the worker, of ${open} open`);
});
