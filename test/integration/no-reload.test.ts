import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { HttpLoad } from '../support/http-load.ts';
import { PostLoad, repeated } from '../support/post-load.ts';
import { haproxy, nginx } from '../support/proxies.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { startProxy } from '../support/running-proxy.ts';
import { full } from '../support/full-size.ts';

const app = fileURLToPath(new URL('../fixtures/counting-app.cjs', import.meta.url));
const deploys = full ? 5 : 1;
const kills = full ? 20 : 2;
const slots = full ? 6 : 4;

const allReady = (running: RunningApp, workers: number): Promise<unknown> =>
  eventually(
    `${workers} workers are ready`,
    async () => {
      const status = await running.status();
      return status.workers.length === workers && status.workers.every(({ state }) => state === 'ready');
    },
    60_000,
  );

/** The program's processes; a reload of nginx would start others. */
const processes = (pid: number): string =>
  execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid), '--pid', String(pid)], { encoding: 'utf8' });

for (const proxy of [nginx, haproxy]) {
  test(`${proxy.name} goes on through scaling, ${deploys} deploys and ${kills} kills without a reload`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'rad-'));
    t.after(() => rm(folder, { recursive: true }));
    const journal = join(folder, 'journal');
    const running = await startRadiant({
      app,
      workers: slots,
      args: ['--host', '127.0.0.1', '--proxies', '1'],
      env: { JOURNAL: journal },
    });
    t.after(() => running.stop());
    const front = await startProxy(t, proxy, running);
    const before = processes(front.pid);
    // Every other client has the cookie of a slot, which need not have a worker.
    const cookies = (i: number): Record<string, string> =>
      i % 2 === 0 ? {} : { Cookie: `radiant-app=${(i % slots) + 1}.1.abc` };
    const load = new HttpLoad(`${front.url}/api/whoami`, { keepAlive: 8, fresh: 8 }, undefined, cookies);
    const posts = new PostLoad(front.url, 4, full ? 20 : 100);
    t.after(async () => {
      await Promise.all([load.stop(), posts.stop()]);
      if (load.failures.length > 0) t.diagnostic(await front.errors());
    });

    for (const workers of [2, slots, 1, 3]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await running.control.scale({ workers });
    }
    t.diagnostic(`scaled: ${load.requests} requests, ${load.failures.length + posts.failures.length} failed`);
    for (let deploy = 0; deploy < deploys; deploy += 1) {
      // oxlint-disable-next-line no-await-in-loop
      const { code, output } = await runCommand(running, ['deploy', app, '--no-watch']);
      assert.equal(code, 0, output);
    }
    t.diagnostic(
      `deployed: ${load.requests} requests, ${load.failures.length + posts.failures.length} failed`,
    );
    assert.deepEqual([...load.failures, ...posts.failures], []);
    await allReady(running, 3);
    for (let kill = 0; kill < kills; kill += 1) {
      // oxlint-disable no-await-in-loop
      const { workers } = await running.status();
      const { pid } = workers[kill % workers.length]!;
      const died = await running.event((event) => event.type === 'exit' && event.pid === pid);
      process.kill(pid!, 'SIGKILL');
      await died.seen;
      await allReady(running, 3);
      // oxlint-enable no-await-in-loop
    }
    await Promise.all([load.stop(), posts.stop()]);
    t.diagnostic(`${load.requests} GETs, ${load.failures.length} failed`);
    t.diagnostic(`${posts.requests} POSTs, ${posts.failures.length} cut off by kills`);

    assert.deepEqual(load.failures, []);
    assert.ok(posts.failures.length <= kills * 4, 'only those that a killed worker had');
    assert.deepEqual(await repeated(journal), []);
    assert.equal(processes(front.pid), before);
    assert.doesNotMatch(await front.errors(), /reconfiguring/);
  });
}
