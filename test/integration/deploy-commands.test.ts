import assert from 'node:assert/strict';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { FleetEvent } from '../../src/running/events.ts';
import { appNodes } from '../fixtures/nodes.ts';
import { runCommand, startCommand, type Command } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { HttpLoad } from '../support/http-load.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import {
  leaders,
  lives,
  serving,
  testFolder,
  tinyApp,
  tinyBundle,
  type ListedRelease,
} from '../support/tiny-apps.ts';

interface Answer {
  pid: number;
  label: string;
  node: string;
  settings?: string;
}

/** As a new visitor: on a connection of its own, without a cookie. */
async function visit(app: RunningApp): Promise<Answer> {
  const response = await fetch(app.url, { headers: { accept: 'text/html', connection: 'close' } });
  assert.equal(response.status, 200);
  return (await response.json()) as Answer;
}

async function succeeds(app: RunningApp, args: string[]): Promise<string> {
  const { code, output } = await runCommand(app, args);
  assert.equal(code, 0, output);
  return output;
}

function begin(t: TestContext, app: RunningApp, args: string[]): Command {
  const command = startCommand(app, args);
  t.after(() => command.process.kill('SIGKILL'));
  return command;
}

/** The pid of the first worker of a release that is not let in yet. */
const newcomer = (app: RunningApp): Promise<number> =>
  eventually('the first new worker', async () => {
    const { workers, rollout } = await app.status();
    return workers.find(({ release, pid }) => pid !== null && release === rollout?.to)?.pid;
  });

test('deploys, rollbacks, and what ends them', async (t) => {
  const root = await testFolder(t);
  const journal = join(root, 'journal');
  const [one, two] = [
    await tinyApp(root, { label: 'one', journal }),
    await tinyApp(root, { label: 'two', journal }),
  ];
  const gate = join(root, 'gate');
  const gated = await tinyApp(root, { label: 'gated', start: 'gated', gate, journal });
  const app = await startRadiant({ app: one, args: ['--keep-releases', '100', '--deploy-timeout', '5m'] });
  t.after(() => app.stop());
  const load = new HttpLoad(app.url, { keepAlive: 2, fresh: 2 });
  t.after(() => load.stop());
  const releases = async (): Promise<ListedRelease[]> =>
    JSON.parse(await succeeds(app, ['releases', '--json'])) as ListedRelease[];
  const pids = await serving(app);
  const asBefore = async (gone: number): Promise<void> => {
    await eventually('the deploy is over', async () => (await app.status()).rollout === undefined);
    assert.deepEqual(await serving(app), pids);
    const { release, workers } = await app.status();
    assert.deepEqual([release, workers.length], [1, 2]);
    assert.ok(!lives(gone), 'nothing is left of the new worker');
  };

  await t.test('of two at once the second says who holds the lock; SIGINT ends the first', async () => {
    const first = begin(t, app, ['deploy', gated]);
    const fresh = await newcomer(app);
    const { code, output } = await runCommand(app, ['deploy', two]);
    assert.equal(code, 5, output);
    assert.ok(output.includes(`(pid ${first.process.pid}) has been deploying ${gated}`), output);
    for (const verb of [['rollback'], ['restart'], ['scale', '3']]) {
      // oxlint-disable-next-line no-await-in-loop
      const refused = await runCommand(app, verb);
      assert.notEqual(refused.code, 0, `${verb.join(' ')}: ${refused.output}`);
    }
    first.process.kill('SIGINT');
    assert.equal(await first.ended, 130, first.output());
    assert.match(first.output(), /interrupted; app is as it was/);
    await asBefore(fresh);
  });

  await t.test('kill -9 of the command before the switch changes nothing', async () => {
    const killed = begin(t, app, ['deploy', gated]);
    const fresh = await newcomer(app);
    killed.process.kill('SIGKILL');
    await killed.ended;
    await asBefore(fresh);
    assert.deepEqual(
      (await releases()).map(({ outcome }) => outcome.state),
      ['live', 'failed', 'failed'],
    );
  });

  await t.test('a release, settings alone, and back', async () => {
    await succeeds(app, ['deploy', two, '--no-watch']);
    assert.equal((await visit(app)).label, 'two');
    const settings = join(root, 'settings.json');
    await writeFile(settings, '{"public":{"name":"new"}}');
    const lines = (await succeeds(app, ['deploy', '--settings', settings, '--json'])).trim().split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const { done, name, from, to, requestsFailed } = parsed.at(-1)!;
    assert.deepEqual([done, name, from, to, requestsFailed], [true, 'app', 4, 5, 0]);
    const { label, settings: seen } = await visit(app);
    assert.deepEqual([label, seen], ['two', '{"public":{"name":"new"}}']);

    await succeeds(app, ['rollback']);
    assert.deepEqual([(await app.status()).release, (await visit(app)).settings], [4, undefined]);
    const back = (await succeeds(app, ['rollback', '1', '--json'])).trim().split('\n');
    const summary = JSON.parse(back.at(-1)!) as { done: boolean; to: number };
    assert.deepEqual([summary.done, summary.to, (await visit(app)).label], [true, 1, 'one']);
    const { code, output } = await runCommand(app, ['rollback', '99']);
    assert.equal(code, 6, output);
    assert.match(output, /no release 99; besides it there is/);
    assert.deepEqual(
      (await releases()).filter(({ current }) => current).map(({ number }) => number),
      [1],
    );
  });

  await t.test('one worker leads at a time, and one at the end', async () => {
    const { leader, last, terms } = await eventually('somebody leads', async () => {
      const found = (await app.status()).workers.find((worker) => worker.leader)?.pid;
      const noted = await leaders(journal);
      return found !== undefined && found === noted.last ? { leader: found, ...noted } : undefined;
    });
    assert.ok((await serving(app)).includes(leader));
    assert.equal(last, leader);
    assert.ok(terms >= 5, `${terms} terms`);
    t.diagnostic(`${terms} leaders one after the other`);
  });
  await load.stop();
  t.diagnostic(`${load.requests} requests, ${load.failures.length} failed`);
  assert.deepEqual(load.failures, []);
});

test('old releases are removed, but none that runs', async (t) => {
  const root = await testFolder(t);
  const app = await startRadiant({
    app: await tinyApp(root, { label: 'v1' }),
    args: ['--keep-releases', '2'],
    workers: 1,
  });
  t.after(() => app.stop());
  const kept = async (): Promise<number[]> =>
    (await readdir(join(app.home, 'state', app.name, 'releases'))).map(Number).toSorted((a, b) => a - b);
  const steps: [string[], number[]][] = [
    [
      ['deploy', await tinyApp(root, { label: 'v2' }), '--no-watch'],
      [1, 2],
    ],
    [
      ['deploy', await tinyApp(root, { label: 'v3' }), '--no-watch'],
      [2, 3],
    ],
    [
      ['rollback', '2'],
      [2, 3],
    ],
    // The workers of 2 are kept warm, while 4 is watched.
    [
      ['deploy', await tinyApp(root, { label: 'v4' })],
      [2, 3, 4],
    ],
    [
      ['deploy', await tinyApp(root, { label: 'v5' }), '--no-watch'],
      [4, 5],
    ],
  ];
  for (const [args, numbers] of steps) {
    // oxlint-disable no-await-in-loop -- one after the other
    await succeeds(app, args);
    assert.deepEqual(await kept(), numbers, args.join(' '));
    // oxlint-enable no-await-in-loop
  }
});

test('rolling: never more than one worker too many', async (t) => {
  const workers = 3;
  const root = await testFolder(t);
  const app = await startRadiant({ app: await tinyApp(root, { label: 'old' }), workers });
  t.after(() => app.stop());
  const load = new HttpLoad(app.url, { keepAlive: 3, fresh: 3 });
  t.after(() => load.stop());
  const alive = new Set((await app.status()).workers.map(({ pid }) => pid!));
  let most = alive.size;
  const events = await app.control.events((event: FleetEvent) => {
    if (event.type === 'starting') most = Math.max(most, alive.add(event.pid).size);
    if (event.type === 'exit') alive.delete(event.pid);
  });
  t.after(() => events.close());
  const switched = await app.event((event) => event.type === 'rollout' && event.step === 'switched');
  const path = await tinyApp(root, { label: 'new' });
  const deploy = begin(t, app, ['deploy', path, '--strategy', 'rolling', '--surge', '1', '--no-watch']);
  const visits: { label: string; at: number }[] = [];
  const look = async (): Promise<void> => {
    const at = Date.now();
    const [{ label }, status] = await Promise.all([visit(app), app.status()]);
    visits.push({ label, at });
    assert.ok(status.workers.filter(({ pid }) => pid !== null).length <= workers + 1);
  };
  // oxlint-disable-next-line no-await-in-loop -- one visitor after the other
  while (deploy.process.exitCode === null) await look();
  assert.equal(await deploy.ended, 0, deploy.output());
  await look(); // on a busy machine none of the others may have come between the switch and the end
  await load.stop();
  const { time: switchedAt } = await switched.seen;
  const after = visits.filter(({ at }) => at > switchedAt);
  t.diagnostic(`${visits.length} visitors, ${after.length} after the switch; at most ${most} workers`);
  t.diagnostic(`${load.requests} requests, ${load.failures.length} failed`);
  assert.ok(after.length > 0);
  const late = after.filter(({ label }) => label === 'old').map(({ at }) => at - switchedAt);
  assert.deepEqual(late, [], 'ms after the switch, by the old release');
  assert.ok(most <= workers + 1);
  assert.deepEqual(load.failures, []);
  assert.equal((await serving(app)).length, workers);
});

test('two releases on different versions of Node', async (t) => {
  const root = await testFolder(t);
  const [older] = await appNodes('14.21.3');
  const versions = [older!.version, process.versions.node];
  // A version manager's folder, so that nothing is fetched into the test's own cache.
  for (const [i, path] of [older!.path, process.execPath].entries()) {
    const folder = join(root, 'nvm', 'versions', 'node', `v${versions[i]}`);
    // oxlint-disable no-await-in-loop -- two
    await mkdir(folder, { recursive: true });
    await symlink(dirname(path), join(folder, 'bin'));
    // oxlint-enable no-await-in-loop
  }
  const env = { NVM_DIR: join(root, 'nvm') };
  const old = await tinyBundle(root, { label: 'older' }, { node: versions[0]! });
  const app = await startRadiant({ app: old, env });
  t.after(() => app.stop());
  assert.equal((await visit(app)).node, `v${versions[0]}`);
  const next = await tinyBundle(root, { label: 'newer' }, { node: versions[1]! });
  const deploy = startCommand(app, ['deploy', next], env);
  t.after(() => deploy.process.kill('SIGKILL'));
  assert.equal(await deploy.ended, 0, deploy.output());
  const { workers } = await app.status();
  const sides = workers.map(({ state, nodeVersion, release }) => `${release} ${state} ${nodeVersion}`);
  const [warm, fresh] = [`1 standby ${versions[0]}`, `2 ready ${versions[1]}`];
  assert.deepEqual(sides.toSorted(), [warm, warm, fresh, fresh]);
  assert.equal((await visit(app)).node, `v${versions[1]}`);
  await succeeds(app, ['rollback']);
  assert.equal((await visit(app)).node, `v${versions[0]}`);
});

test('the supervisor is killed before the switch: the old release serves on', async (t) => {
  const root = await testFolder(t);
  const app = await startRadiant({ app: await tinyApp(root, { label: 'old' }) });
  t.after(() => app.stop());
  const load = new HttpLoad(app.url, { keepAlive: 2, fresh: 2 });
  t.after(() => load.stop());
  const start = 'gated' as const;
  const gated = await tinyApp(root, { label: 'never', start, gate: join(root, 'gate') });
  const deploy = begin(t, app, ['deploy', gated]);
  const fresh = await newcomer(app);
  const { supervisor } = await app.status();
  process.kill(supervisor.pid, 'SIGKILL');
  const code = await deploy.ended;
  t.diagnostic(`the command: exit ${code}: ${deploy.output().trim().split('\n').at(-2)}`);
  assert.ok(code !== null && code > 0, deploy.output());
  await eventually('the next supervisor has all in order', async () => {
    const status = await app.status().catch(() => undefined);
    const good = status?.workers.filter(({ state, release }) => state === 'ready' && release === 1);
    return status?.supervisor.pid !== supervisor.pid && status?.workers.length === 2 && good?.length === 2;
  });
  assert.equal((await app.status()).release, 1);
  await eventually('the new worker is gone', () => !lives(fresh));
  assert.equal((await visit(app)).label, 'old');
  await load.stop();
  t.diagnostic(`${load.requests} requests, ${load.failures.length} failed`);
  assert.deepEqual(load.failures, []);
});
