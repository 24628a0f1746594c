import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { transports } from '../support/ddp-client.ts';
import { eventually } from '../support/eventually.ts';
import { full } from '../support/full-size.ts';
import { repeats } from '../support/journal.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { MeteorUser } from '../support/meteor-user.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { Random, seedOfRun } from '../support/random.ts';
import { Scrape } from '../support/scrape.ts';
import { testFolder } from '../support/tiny-apps.ts';

const rounds = full ? 40 : 3;
const users = full ? 40 : 12;
const thinkMs = 100;
/** A worker that stands still for so long is not taken for one that hangs. */
const stopMs = 3_000;
/** Nobody waits longer for the answer to a call, whatever happens. */
const patienceMs = 30_000;

const faults = ['a worker is killed', 'a worker stands still', 'the supervisor is killed'] as const;

/** What may be under way at that moment; who crosses it may fail it. */
const operations: Record<string, (app: RunningApp) => Promise<unknown>> = {
  restart: ({ control }) => control.restart({}),
  'scale 3': ({ control }) => control.scale({ workers: 3 }),
  'scale 2': ({ control }) => control.scale({ workers: 2 }),
  'replace 1': ({ control }) => control.replace({ worker: 1 }),
};

async function inflict(app: RunningApp, fault: (typeof faults)[number], random: Random): Promise<void> {
  const { supervisor, workers } = await app.status();
  if (fault === 'the supervisor is killed') {
    process.kill(supervisor.pid, 'SIGKILL');
    return;
  }
  const pid = random.pick(workers.flatMap((worker) => worker.pid ?? []));
  if (fault === 'a worker is killed') process.kill(pid, 'SIGKILL');
  else {
    process.kill(pid, 'SIGSTOP');
    await wait(stopMs);
    process.kill(pid, 'SIGCONT');
  }
}

/** Nothing starts or ends any more. */
const isCalm = async (app: RunningApp): Promise<boolean> => {
  const status = await app.status().catch(() => undefined);
  return status?.state === 'running' && status.workers.every(({ state }) => state === 'ready');
};

test('whoever dies or stands still while sessions are handed over, each is in one worker', async (t) => {
  const seed = seedOfRun();
  t.diagnostic(`RADIANT_SEED=${seed}`);
  const random = new Random(seed);
  const folder = await testFolder(t);
  const [settings, journal] = [join(folder, 'settings.json'), join(folder, 'journal')];
  // So that no session waits for a client that has connected anew.
  writeFileSync(settings, JSON.stringify({ example: { disconnectGracePeriod: 0 } }));
  const { path } = await meteorBundle();
  const env = { EXAMPLE_JOURNAL: journal };
  const app = await startRadiant({ app: path, workers: 2, args: ['--settings', settings], env });
  t.after(() => app.stop());
  const everyone = Array.from({ length: users }, (_, i) => {
    const transport = transports[i % transports.length]!;
    return new MeteorUser(app.url, `user${i}`, thinkMs, { transport, cookies: i % 8 < 4 });
  });
  t.after(() => everyone.forEach((user) => void user.stop()));
  await Promise.all(everyone.map(({ started }) => started));

  const kills = new Map<MeteorUser, number>();
  for (let round = 0; round < rounds; round += 1) {
    const name = random.pick(Object.keys(operations));
    const fault = random.pick(faults);
    const delayMs = random.int(0, 2_000);
    const before = everyone.map(({ breaks }) => breaks.length);
    // Its answer is lost with the supervisor.
    const operation = operations[name]!(app).catch((error: unknown) => error);
    // oxlint-disable-next-line no-await-in-loop -- one round after the other; at a random moment
    await wait(delayMs);
    // oxlint-disable-next-line no-await-in-loop
    await inflict(app, fault, random);
    // oxlint-disable-next-line no-await-in-loop
    await operation;
    // oxlint-disable-next-line no-await-in-loop
    await eventually('nothing starts or ends', () => isCalm(app));
    const calls = everyone.map((user) => user.calls);
    // oxlint-disable-next-line no-await-in-loop
    await eventually(
      `all go on after ${fault} ${delayMs} ms after ${name}`,
      () => {
        const silent = everyone.filter((user, i) => user.calls === calls[i]);
        return silent.length === 0;
      },
      patienceMs,
    );
    const broken = everyone.filter(({ breaks }, i) => breaks.length > before[i]!);
    if (fault === 'a worker is killed')
      for (const user of broken) kills.set(user, (kills.get(user) ?? 0) + 1);
    else
      assert.deepEqual(
        broken.map(({ breaks }) => breaks.at(-1)),
        [],
        `${fault} ${delayMs} ms after ${name}`,
      );
    t.diagnostic(`${name}, ${delayMs} ms later ${fault}: ${broken.length} of ${users} connected anew`);
  }

  await eventually(
    'each has one session',
    async () => (await Scrape.of(app)).sum('radiant_ddp_sessions') === users,
  );
  await Promise.all(everyone.map((user) => user.stop()));
  assert.deepEqual(
    everyone.flatMap(({ problems }) => problems),
    [],
  );
  // Who was cut off by a death asks once more what may have run.
  const { twice } = await repeats(journal);
  const cutOff = [...kills.values()].reduce((sum, count) => sum + count, 0);
  assert.ok(twice <= cutOff, `${twice} ran twice, ${cutOff} connections were lost to a death`);
});
