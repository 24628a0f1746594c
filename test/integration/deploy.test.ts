import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import type { DeployReport } from '../../src/running/operations.ts';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { runCommand } from '../support/command.ts';
import { transports } from '../support/ddp-client.ts';
import { eventually } from '../support/eventually.ts';
import { HttpLoad } from '../support/http-load.ts';
import { buildInstalled, meteorBundle } from '../support/meteor-bundle.ts';
import { MeteorUser, mostInASecond } from '../support/meteor-user.ts';
import { startRadiant } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';
import { full } from '../support/full-size.ts';

const scales = full
  ? [
      { protocol: 'http', deploys: 20, users: 500 },
      // The one process of these clients bears no more TLS beside the app, on two cores.
      { protocol: 'https', deploys: 10, users: 200 },
    ]
  : [
      { protocol: 'http', deploys: 2, users: 32 },
      { protocol: 'https', deploys: 1, users: 16 },
    ];
/** Leaves enough of a two-core machine for the requests. */
const thinkMs = full ? 1000 : 500;
/** Clients of the HTTP load. */
const visitors = full ? 100 : 8;
const pauseMs = 100;
const workers = 4;

/** How often each method ran, by the journal that all workers write. */
async function runsOf(journal: string): Promise<Map<string, number>> {
  const runs = new Map<string, number>();
  for (const line of (await readFile(journal, 'utf8')).split('\n').filter(Boolean)) {
    const { key } = JSON.parse(line) as { key: string };
    runs.set(key, (runs.get(key) ?? 0) + 1);
  }
  return runs;
}

async function secondBundle(): Promise<{ first: string; next: (label: string) => Promise<string> }> {
  const { path } = await meteorBundle();
  const next = async (label: string): Promise<string> => {
    await buildInstalled({ out: path, release: label });
    return path;
  };
  return { first: path, next };
}

for (const { protocol, deploys, users } of scales) {
  test(`${deploys} deploys under load over ${protocol}: nobody notices`, async (t) => {
    const { first, next } = await secondBundle();
    const journal = join(first, '..', 'journal');
    const args =
      protocol === 'https' ? tlsArgs(makeCertificate(await testFolder(t), 'deploys', '127.0.0.1')) : [];
    const app = await startRadiant({ app: first, workers, args, env: { EXAMPLE_JOURNAL: journal } });
    t.after(() => app.stop());
    const load = new HttpLoad(
      `${app.url}/api/whoami`,
      { keepAlive: visitors / 2, fresh: visitors / 2 },
      pauseMs,
    );
    const everyone = Array.from(
      { length: users },
      (_, i) =>
        new MeteorUser(app.url, `user${i}`, thinkMs, {
          transport: transports[i % transports.length]!,
          cookies: i % 2 === 0,
        }),
    );
    t.after(async () => {
      void load.stop();
      for (const user of everyone) void user.stop();
    });
    await Promise.all(everyone.map((user) => user.started));
    const pids = new Set<number>();
    let [handedOver, reconnected] = [0, 0];
    const began = performance.now();
    for (let deploy = 2; deploy <= deploys + 1; deploy += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one deploy after the other
      const { code, output } = await runCommand(app, [
        'deploy',
        await next(`v${deploy}`),
        '--no-watch',
        '--json',
      ]);
      assert.equal(code, 0, output);
      const report = JSON.parse(output.trim().split('\n').at(-1)!) as DeployReport;
      const { ms, sessionsMoved, requestsFailed, busiestSecond, departures } =
        report as Required<DeployReport>;
      handedOver += departures.handedOver;
      for (const count of Object.values(departures.reconnected)) reconnected += count;
      t.diagnostic(
        `release ${deploy} in ${ms} ms, ${sessionsMoved} sessions moved (${JSON.stringify(departures)}), at most ${busiestSecond.goodbyes} in a second ` +
          `(${busiestSecond.limit} were allowed), ${requestsFailed} requests failed`,
      );
      assert.equal(requestsFailed, 0);
      // oxlint-disable-next-line no-await-in-loop
      const status = await app.status();
      assert.equal(status.release, deploy);
      for (const worker of status.workers) {
        assert.equal(worker.release, deploy);
        assert.ok(!pids.has(worker.pid!), 'a new process');
        pids.add(worker.pid!);
      }
    }
    assert.ok(handedOver + reconnected >= users * deploys * 0.9, 'they all have moved, each time');
    // A WebSocket over TLS cannot be handed over.
    assert.ok(protocol === 'https' ? reconnected >= (users * deploys) / 4 : handedOver > 0);
    const came = (): number => everyone.reduce((sum, user) => sum + user.reconnects.length, 0);
    await eventually('whoever was told to has connected again', () => came() >= reconnected * 0.9);
    const stopped = everyone.map((user) => user.stop());
    const hanging = setTimeout(() => {
      for (const user of everyone) t.diagnostic(`${user.transport}: ${user.doing}`);
    }, 20_000);
    await Promise.all(stopped);
    clearTimeout(hanging);
    await load.stop();
    const runs = await runsOf(journal);
    const reconnects = everyone.flatMap((user) => user.reconnects);
    const rate = load.requests / ((performance.now() - began) / 1000);
    t.diagnostic(`${Math.round(rate)} requests a second`);
    t.diagnostic(`${load.requests} requests, ${runs.size} method calls, ${reconnects.length} reconnects`);
    t.diagnostic(`most reconnects in a second: ${mostInASecond(reconnects)}`);
    assert.deepEqual(load.failures, []);
    assert.deepEqual(
      [...runs].filter(([, times]) => times > 1),
      [],
    );
    assert.deepEqual(
      everyone.flatMap(({ problems, breaks }) => [...problems, ...breaks]),
      [],
    );
  });
}
