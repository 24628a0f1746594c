import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { connectControl } from '../../src/control/client.ts';
import { runCommand, startCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { HttpLoad } from '../support/http-load.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import {
  lives,
  serving,
  testFolder,
  tinyApp,
  tinyBundle,
  type ListedRelease,
  type TinyApp,
} from '../support/tiny-apps.ts';

const run = promisify(execFile);

interface Bad {
  title: string;
  /** The arguments of `radiant deploy`. */
  make(root: string): string[] | Promise<string[]>;
  code: number;
  /** No registry answers. */
  offline?: true;
  says: RegExp[];
  /** `started`: its workers have left a log; `staged`: it is listed as failed; else nothing of it is left. */
  kept?: 'started' | 'staged';
}

const plain = (start: NonNullable<TinyApp['start']>) => async (root: string) => [
  await tinyApp(root, { label: start, start }),
];

async function archive(root: string, label: string, ...args: string[]): Promise<string> {
  await tinyBundle(root, { label: 'bundle' });
  const file = join(root, `${label}.tar.gz`);
  await run('tar', ['-czPf', file, '-C', root, ...args, 'bundle']);
  return file;
}

const badReleases: Bad[] = [
  {
    title: 'crashes at its start',
    make: plain('crash'),
    code: 4,
    says: [/worker 1 exited with code 3/, /no database for crash/],
    kept: 'started',
  },
  {
    title: 'never listens',
    make: plain('silent'),
    code: 4,
    says: [/did not listen within 5 s/, /hello from silent/],
    kept: 'started',
  },
  {
    title: 'answers 500',
    make: plain('errors'),
    code: 4,
    says: [/gave no good answer on \/ \(but 500\) within 5 s/, /hello from errors/],
    kept: 'started',
  },
  {
    title: "needs a Node that can't be had",
    make: async (root) => [await tinyBundle(root, { label: 'future' }, { node: '99.1.0' })],
    code: 69,
    offline: true,
    says: [/99\.1\.0/],
  },
  {
    title: 'npm install fails',
    make: async (root) => {
      const manifest = { name: 'server', version: '1.0.0', scripts: { preinstall: 'echo no luck; exit 7' } };
      return [await tinyBundle(root, { label: 'unlucky' }, { manifest })];
    },
    code: 70,
    says: [/npm install in .* failed/, /no luck/],
    kept: 'staged',
  },
  {
    title: 'corrupt archive',
    make: async (root) => {
      const file = await archive(root, 'corrupt');
      await truncate(file, (await readFile(file)).length - 200);
      return [file];
    },
    code: 65,
    says: [/corrupt\.tar\.gz cannot be unpacked/],
  },
  {
    title: 'archive that leaves its folder',
    make: async (root) => [await archive(root, 'leaving', '--transform', 's,^bundle/main,../main,')],
    code: 65,
    says: [/\.\.\/main\.js would be written outside its folder/],
  },
  {
    title: 'missing path',
    make: (root) => [join(root, 'nowhere')],
    code: 66,
    says: [/There is nothing at .*nowhere/],
  },
  {
    title: 'broken settings',
    make: async (root) => {
      const file = join(root, 'settings.json');
      await writeFile(file, '{ "a": 1, }');
      return [await tinyApp(root, { label: 'settings' }), '--settings', file];
    },
    code: 65,
    says: [/settings\.json holds no valid JSON/],
  },
];

/** No registry answers here. */
const offline = { npm_config_registry: 'http://127.0.0.1:1/', npm_config_fetch_retries: '0' };

async function listed(app: RunningApp): Promise<ListedRelease[]> {
  const { code, output } = await runCommand(app, ['releases', '--json']);
  assert.equal(code, 0, output);
  return JSON.parse(output) as ListedRelease[];
}

test('a bad release changes nothing', async (t) => {
  const root = await testFolder(t);
  const app = await startRadiant({
    app: await tinyApp(root, { label: 'good' }),
    args: ['--deploy-timeout', '5s', '--keep-releases', '100'],
  });
  t.after(() => app.stop());
  const load = new HttpLoad(app.url, { keepAlive: 2, fresh: 2 });
  t.after(() => load.stop());
  const pids = await serving(app);
  assert.equal(pids.length, 2);
  let known = 1;
  for (const { title, make, code, says, kept, ...bad } of badReleases) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await t.test(title, async () => {
      const folder = await testFolder(t);
      const command = startCommand(app, ['deploy', ...(await make(folder))], bad.offline && offline);
      t.after(() => command.process.kill('SIGKILL'));
      const exit = await command.ended;
      const output = command.output();
      assert.equal(exit, code, output);
      for (const text of says) assert.match(output, text);
      assert.doesNotMatch(output, /unexpected error/);
      assert.deepEqual(await serving(app), pids, 'the same processes');
      const { release, workers, rollout } = await app.status();
      assert.deepEqual([release, workers.length, rollout], [1, 2, undefined]);
      const fresh = (await listed(app)).slice(known);
      known += fresh.length;
      if (kept === undefined) assert.deepEqual(fresh, [], 'nothing of it is left');
      else {
        const [{ number, outcome } = assert.fail('it is not listed')] = fresh;
        assert.equal(outcome.state, 'failed');
        for (const text of says) assert.match(outcome.reason!, text);
        const logs = join(app.home, 'state', app.name, 'releases', String(number), 'log');
        const log = join(logs, kept === 'started' ? '1.log' : 'install.log');
        assert.match(await readFile(log, 'utf8'), kept === 'started' ? /hello from/ : /no luck/);
      }
      assert.ok(!existsSync(join(app.home, 'state', app.name, 'deploy.lock')), 'the lock is free');
    });
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual(
    [...load.pids.keys()].toSorted((a, b) => a - b),
    pids,
  );
  t.diagnostic(`${load.requests} requests, 0 failed, pids ${pids.join(' and ')} all along`);
});

/** An app whose state folder is a disk of 2 MB; undefined where nothing can be mounted. */
async function onSmallDisk(t: TestContext, path: string): Promise<RunningApp | undefined> {
  const home = await mkdtemp(join(tmpdir(), 'rad-'));
  let app: RunningApp | undefined;
  let mounted = false;
  t.after(async () => {
    await app?.stop();
    if (mounted) await run('umount', ['--lazy', state]); // whatever has not ended yet
    await rm(home, { recursive: true, force: true });
  });
  const state = join(home, 'state');
  await mkdir(state);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', state]);
    mounted = true;
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    t.skip(`no small disk can be mounted: ${String(error)}`);
    return undefined;
  }
  const started = await startRadiant({ app: path, env: { RADIANT_HOME: home } });
  const control = connectControl(join(home, 'run', started.name, 'control.sock'));
  app = { ...started, home, control, status: () => control.status({}) };
  return app;
}

test('a full disk changes nothing', async (t) => {
  const root = await testFolder(t);
  const app = await onSmallDisk(t, await tinyApp(root, { label: 'good' }));
  if (app === undefined) return;
  const load = new HttpLoad(app.url, { keepAlive: 2, fresh: 2 });
  t.after(() => load.stop());
  const pids = await serving(app);
  const large = await tinyBundle(root, { label: 'large' });
  await writeFile(join(large, 'programs', 'server', 'data'), Buffer.alloc(4 * 1024 * 1024));
  const fill = join(app.home, 'state', 'fill');
  const attempts = Object.entries({ 'too large': large, full: await tinyApp(root, { label: 'small' }) });
  for (const [title, path] of attempts) {
    // oxlint-disable no-await-in-loop -- one after the other
    if (title === 'full') {
      await assert.rejects(writeFile(fill, Buffer.alloc(4 * 1024 * 1024)), /ENOSPC/);
    }
    const { code, output } = await runCommand(app, ['deploy', path]);
    t.diagnostic(`${title}: exit ${code}: ${output.trim().split('\n').slice(-2).join(' / ')}`);
    assert.equal(code, 74, output);
    assert.match(output, /The disk is full at .*(?:ENOSPC|no space left)[^]*Make room there/i);
    assert.deepEqual(await serving(app), pids);
    assert.equal((await app.status()).release, 1);
    assert.equal((await listed(app)).length, 1);
    // oxlint-enable no-await-in-loop
  }
  await rm(fill);
  const { code, output } = await runCommand(app, ['deploy', join(root, 'small'), '--no-watch']);
  assert.equal(code, 0, `with room again: ${output}`);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

const breakages = [
  { title: 'it hangs', breaks: 'hang', reason: /event loop of a worker stood still/ },
  { title: 'it crashes', breaks: 'crash', reason: /its workers ended 2 times/ },
  { title: 'it answers 500', breaks: 'errors', reason: /of its answers were errors/ },
] as const;

test('what turns out to be worse is left by itself', async (t) => {
  const root = await testFolder(t);
  const app = await startRadiant({ app: await tinyApp(root, { label: 'good' }) });
  t.after(() => app.stop());
  const load = new HttpLoad(app.url, { keepAlive: 2, fresh: 4 });
  t.after(() => load.stop());
  const pids = await serving(app);
  for (const [i, { title, breaks, reason }] of breakages.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await t.test(title, async () => {
      const path = await tinyApp(root, { label: breaks, breaks });
      const { code, output } = await runCommand(app, ['deploy', path, '--watch', '40']);
      assert.equal(code, 0, output);
      const release = i + 2;
      const { workers } = await app.status();
      const warm = workers.filter(({ state }) => state === 'standby').map(({ pid }) => pid!);
      assert.deepEqual(
        warm.toSorted((a, b) => a - b),
        pids,
        'kept warm',
      );
      const fresh = await serving(app);
      const back = await app.event((event) => event.type === 'rollout' && event.step === 'back');
      const [failed, since] = [load.failures.length, performance.now()];
      for (const pid of breaks === 'hang' ? fresh.slice(0, 1) : fresh) process.kill(pid, 'SIGUSR2');
      await back.seen;
      const seconds = ((performance.now() - since) / 1000).toFixed(1);
      assert.deepEqual(await serving(app), pids, 'the old ones serve again');
      const { wentBack } = await app.status();
      assert.deepEqual([wentBack?.from, wentBack?.to], [release, 1]);
      assert.match(wentBack!.reason, reason);
      const left = await eventually('it is noted', async () =>
        (await listed(app)).find(({ number, outcome }) => number === release && outcome.state === 'left'),
      );
      assert.match(left.outcome.reason!, reason);
      const { output: shown } = await runCommand(app, ['status']);
      assert.match(shown, reason);
      await eventually('its workers are gone', () => !fresh.some(lives));
      t.diagnostic(
        `${breaks}: went back after ${seconds} s; ${load.failures.length - failed} requests failed`,
      );
    });
  }
  await t.test('with --no-watch it stays', async () => {
    const path = await tinyApp(root, { label: 'stays', breaks: 'errors' });
    const { code, output } = await runCommand(app, ['deploy', path, '--no-watch']);
    assert.equal(code, 0, output);
    await eventually('nobody watches', async () => (await app.status()).rollout === undefined);
    const fresh = await serving(app);
    const failed = load.failures.length;
    for (const pid of fresh) process.kill(pid, 'SIGUSR2');
    await eventually('it fails', () => load.failures.length > failed + 200);
    assert.deepEqual(await serving(app), fresh);
    assert.equal((await app.status()).release, breakages.length + 2);
    assert.ok(!pids.some(lives), 'nothing is kept warm');
  });
});
