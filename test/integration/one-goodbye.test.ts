import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { runCommand } from '../support/command.ts';
import { CookieJar } from '../support/cookie-jar.ts';
import { connect, transports, type Transport } from '../support/ddp-client.ts';
import { eventually } from '../support/eventually.ts';
import { LeavingClient, manners } from '../support/leaving-client.ts';
import { buildInstalled, meteorBundle } from '../support/meteor-bundle.ts';
import { reconnecting, startRadiant } from '../support/radiant.ts';
import { full } from '../support/full-size.ts';

const kinds = transports.flatMap((transport) =>
  manners.flatMap((manner) => [true, false].map((cookies) => ({ transport, manner, cookies }))),
);
const clients = full ? 200 : kinds.length;

for (const [meteor, disconnectGracePeriod] of [
  ['Meteor 3.5, which resumes sessions', 15_000],
  ['Meteor before 3.5', 0],
] as const) {
  test(`a deploy tells each of ${clients} clients to go once, however they leave: ${meteor}`, async (t) => {
    const { path } = await meteorBundle();
    const settings = join(path, '..', 'settings.json');
    await writeFile(settings, JSON.stringify({ example: { disconnectGracePeriod } }));
    const app = await startRadiant({
      app: path,
      workers: 2,
      args: [...reconnecting, '--settings', settings],
    });
    t.after(() => app.stop());
    const old = (await app.status()).workers.map(({ pid }) => pid!);
    const all = Array.from(
      { length: clients },
      (_, index) => new LeavingClient(app.url, kinds[index % kinds.length]!),
    );
    t.after(() => Promise.all(all.map((client) => client.stop())));
    await eventually('all are there', () => all.every(({ pids }) => pids.length === 1));
    await buildInstalled({ out: path, release: 'v2' });
    const { code, output } = await runCommand(app, ['deploy', path, '--no-watch', '--settings', settings]);
    assert.equal(code, 0, output);
    await eventually('all have come back', () => all.every(({ pids }) => pids.length > 1));
    const now = (await app.status()).workers.map(({ pid }) => pid!);
    await Promise.all(all.map((client) => client.stop()));
    const wrong = all.filter(({ goodbyes, breaks }) => goodbyes !== 1 || breaks !== 0);
    t.diagnostic(`told to go more than once: ${wrong.length} of ${clients}`);
    assert.deepEqual(
      wrong.map(({ name, goodbyes, breaks }) => `${name}: ${goodbyes} goodbyes, ${breaks} breaks`),
      [],
    );
    for (const { pids } of all) assert.ok(old.includes(pids[0]!) && now.includes(pids.at(-1)!));
  });
}

test('who lost the network comes back to its session, and another page of that browser does not', async (t) => {
  const { path } = await meteorBundle();
  const app = await startRadiant({ app: path, workers: 1, args: reconnecting });
  t.after(() => app.stop());
  const jar = new CookieJar();
  const page = (transport: Transport): LeavingClient =>
    new LeavingClient(app.url, { transport, manner: 'rudely', cookies: true }, jar);
  const lost = page('websocket');
  await eventually('it is there', () => lost.pids.length === 1);
  const other = page('raw');
  t.after(() => Promise.all([lost.stop(), other.stop()]));
  await eventually('the other one is there', () => other.pids.length === 1);
  // The worker cannot end while this runs: until its client leaves.
  const busy = await connect(app.url, { cookies: false });
  const call = busy.call('slow', 60_000).catch(() => {});
  const network = Promise.withResolvers<void>();
  lost.loseNetwork(network.promise);
  const restarted = app.control.restart({});
  await eventually('the other page has moved', () => other.pids.length === 2);
  network.resolve();
  const [old] = lost.pids;
  const next = other.pids[1];
  const hasMoved = (): boolean => lost.resumed.length === 3 && lost.pids.at(-1) === next;
  await eventually('its session goes on, and has moved later', hasMoved);
  await busy.close();
  await Promise.all([call, restarted, lost.stop(), other.stop()]);
  // It may have been told to go before it could ask where it was.
  assert.deepEqual(new Set(lost.pids), new Set([old, next]));
  assert.deepEqual(lost.resumed, [false, true, false]);
  assert.deepEqual([lost.goodbyes, lost.breaks], [1, 1]);
  assert.deepEqual([other.goodbyes, other.breaks], [1, 0]);
});
