import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import net from 'node:net';
import test from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { HttpLoad } from '../support/http-load.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';
import { full } from '../support/full-size.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));
/** How many workers are killed. */
const runs = { http: full ? 60 : 5, https: full ? 60 : 2 };
const workers = 4;

const ready = (running: RunningApp): Promise<unknown> =>
  eventually(
    'every slot has a ready worker',
    async () => {
      const status = await running.status();
      return status.workers.length === workers && status.workers.every(({ state }) => state === 'ready');
    },
    90_000,
  );

const reachable = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

for (const [protocol, kills] of Object.entries(runs)) {
  test(`a random worker is killed every second, ${kills} times, over ${protocol}`, async (t) => {
    const args =
      protocol === 'https' ? tlsArgs(makeCertificate(await testFolder(t), 'kills', '127.0.0.1')) : [];
    const running = await startRadiant({ app, workers, args });
    t.after(() => running.stop());
    const names = (await running.status()).workers.map(({ socketPath }) => socketPath);
    const load = new HttpLoad(`${running.url}/api/whoami`, { keepAlive: 20, fresh: 10 });
    t.after(() => load.stop());
    const counts: { failed: number; held: number }[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      // oxlint-disable no-await-in-loop -- one kill after the other
      const living = await eventually('somebody serves', async () => {
        const serving = (await running.status()).workers.filter(({ state }) => state === 'ready');
        return serving.length > 0 ? serving : undefined;
      });
      const { pid, slot } = living[Math.floor(Math.random() * living.length)]!;
      const died = await running.event((event) => event.type === 'exit' && event.pid === pid);
      const before = load.failures.length;
      const held = load.heldBy(pid!);
      process.kill(pid!, 'SIGKILL');
      // The pace that is promised, unless the supervisor itself is late.
      await Promise.all([wait(1000), died.seen]);
      // oxlint-enable no-await-in-loop
      counts.push({ failed: load.failures.length - before, held });
      t.diagnostic(`slot ${slot}: ${counts.at(-1)!.failed} failures, it held up to ${held} connections`);
    }
    await load.stop();
    await ready(running);
    t.diagnostic(`${load.requests} requests, ${load.failures.length} failures, ${kills} kills`);

    const refused = load.failures.filter(({ error }) => error === 'ECONNREFUSED');
    assert.deepEqual(refused, []);
    for (const { failed, held } of counts) assert.ok(failed <= held, `${failed} failures of ${held}`);
    const status = await running.status();
    assert.deepEqual(
      status.workers.map(({ socketPath }) => socketPath),
      names,
    );
    for (const name of names) {
      assert.ok(existsSync(name));
      // oxlint-disable-next-line no-await-in-loop
      assert.ok(await reachable(name), `${name} leads nowhere`);
    }
    assert.equal(
      status.workers.reduce((sum, { restarts }) => sum + restarts, 0),
      kills,
    );
  });
}
