import assert from 'node:assert/strict';
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { freePort, startRadiant, type RunningApp } from '../support/radiant.ts';
import { Random, seedOfRun } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { full } from '../support/full-size.ts';

/** What is missing in CI is a failure. */
const skip = process.getuid?.() === 0 || process.env.CI ? false : 'it needs root, and another user';

const app = fileURLToPath(new URL('../fixtures/hostile-user.cjs', import.meta.url));
const seed = seedOfRun();
/** How often everything is tried: an app that has harmed itself answers nothing for a while, so each attack may take 5 s. */
const rounds = full ? 8 : 1;
const mb = 1024 * 1024;
/** Megabytes: what is kept of events and lines, and garbage. */
const mostGrown = 250;

const names = [...readFileSync(app, 'utf8').matchAll(/^ {2}'([^']+)': \(\) =>/gm)].map(([, name]) => name!);

/** Tells all that root owns there, and what it looks like. */
const picture = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const { mode, uid, gid, size, mtimeMs, nlink } = lstatSync(join(folder, name));
      return [name, mode, uid, gid, size, mtimeMs, nlink].join(' ');
    });

const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;

async function attackWith({ url }: RunningApp, attack: string, of: number): Promise<void> {
  const asked = await fetch(`${url}/?attack=${encodeURIComponent(attack)}&seed=${of}`, {
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(5_000), // it may have been hit itself
  }).catch(() => undefined);
  await asked?.text().catch(() => {}); // the attack may have ended its own worker
}

test(
  'an app whose account is taken over neither ends, blocks nor fills its supervisor',
  { skip },
  async (t) => {
    t.diagnostic(`RADIANT_SEED=${seed}`);
    const home = temporaryFolder('rad-hostile-');
    chmodSync(home, 0o755);
    const canary = join(home, 'canary');
    mkdirSync(canary);
    writeFileSync(join(canary, 'file'), 'as it was\n');
    const env = {
      RUN: join(home, 'run', 'app'),
      HEAP: join(home, 'state', 'app', 'releases', '1', 'heap'),
      CANARY: canary,
    };
    const args = ['--user', 'nobody', '--heap-snapshots', '2', '--log-size', '5mb', '--log-keep', '2'];
    const at = { home, port: await freePort() };
    const hostile = await startRadiant({ app, args, env, at });
    try {
      const before = picture(canary);
      const { pid } = (await hostile.status()).supervisor;
      const memory = residentBytes(pid);
      const random = new Random(seed);
      for (let round = 0; round < rounds; round += 1) {
        for (const attack of names.toSorted(() => random.next() - 0.5)) {
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          await attackWith(hostile, attack, random.int(0, 2 ** 31));
          // oxlint-disable-next-line no-await-in-loop
          const status = await hostile
            .status()
            .catch((error: unknown) => assert.fail(`${attack}: ${String(error)}`));
          assert.equal(status.supervisor.pid, pid, attack);
        }
      }
      assert.deepEqual(picture(canary), before);
      const grown = (residentBytes(pid) - memory) / mb;
      t.diagnostic(`${names.length * rounds} attacks; the supervisor has ${Math.round(grown)} MB more`);
      assert.ok(grown < mostGrown, `the supervisor has ${grown} MB more`);
      await eventually(
        'the app serves again',
        async () => {
          const answer = await fetch(hostile.url).catch(() => undefined);
          return (await answer?.text()) === 'well';
        },
        90_000,
      );
      assert.equal((await hostile.status()).supervisor.pid, pid);
    } catch (error) {
      t.diagnostic(readFileSync(join(home, 'state', 'app', 'log', 'supervisor.log'), 'utf8').slice(-4_000));
      throw error;
    } finally {
      assert.equal(await hostile.stop(), 0);
    }
  },
);
