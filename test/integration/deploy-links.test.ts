import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { create } from 'tar';
import { readTree, type Tree } from '../../src/bundle/copy/tree.ts';
import { programPath } from '../../src/installation.ts';
import { ask } from '../support/ask.ts';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { realSize, writeLargeBundle, type BundleSize } from '../support/large-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { Random, seedOfRun } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { full } from '../support/full-size.ts';

const size: BundleSize = full
  ? realSize
  : { files: 300, npmFiles: 270, bytes: 3e6, packages: 3, packageFiles: 10 };
/** How often a deploy is killed. */
const kills = full ? 30 : 1;

const server = 'programs/server';
const npm = `${server}/npm/node_modules`;
const inode = (folder: string, path: string): number => lstatSync(join(folder, path)).ino;
const differing = (a: Tree, b: Tree): string[] =>
  [...new Set([...a.keys(), ...b.keys()])].filter((path) => !isDeepStrictEqual(a.get(path), b.get(path)));

/** A running app, and the bundle that it is deployed from. */
class Site {
  readonly bundle = join(temporaryFolder('rad-links-'), 'bundle');
  app!: RunningApp;
  /** What npm has made in the first release. */
  #made!: Tree;

  async start(): Promise<void> {
    await this.write('v1');
    this.app = await startRadiant({ app: this.bundle, workers: 1 });
    this.#made = this.#parts(1).made;
  }

  write = (release: string): Promise<void> => writeLargeBundle(this.bundle, size, { seed: 'links', release });

  folder(release: number): string {
    const folder = join(this.app.home, 'state', 'app', 'releases', String(release), 'app');
    return existsSync(join(folder, 'bundle')) ? join(folder, 'bundle') : folder;
  }

  /** Deploys, and makes sure that the release is whole, whatever of it is shared. Gives its number, and what was printed. */
  async deploy(path = this.bundle): Promise<{ number: number; output: string }> {
    const { code, output } = await runCommand(this.app, ['deploy', path, '--no-watch', '--json']);
    assert.equal(code, 0, output);
    const { to: number } = JSON.parse(output.trim().split('\n').at(-1)!) as { to: number };
    const { given, made } = this.#parts(number);
    assert.deepEqual(differing(given, readTree(this.bundle, true)), []);
    assert.deepEqual(differing(made, this.#made), []);
    return { number, output };
  }

  #parts(release: number): { given: Tree; made: Tree } {
    const delivered = readTree(this.bundle, true);
    const all = [...readTree(this.folder(release), false)].filter(([path]) => path !== 'package.json');
    return {
      given: new Map(all.filter(([path]) => delivered.has(path))),
      made: new Map(all.filter(([path]) => !delivered.has(path))),
    };
  }

  /** A deploy that is killed after so many milliseconds, unless it is done by then. */
  async killed(ms: number): Promise<void> {
    const child = spawn(process.execPath, [programPath('cli'), 'deploy', this.bundle, '--no-watch'], {
      env: { ...process.env, RADIANT_HOME: this.app.home },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const closed = once(child, 'exit');
    await Promise.race([delay(ms), closed]);
    child.kill('SIGKILL');
    await closed;
    // The supervisor may be about to give up what it was asked for, or to finish it.
    await eventually('no deploy is under way', async () => (await this.app.status()).rollout === undefined);
  }
}

test('deploys copy and install nothing twice', async (t) => {
  const site = new Site();
  await site.start();
  t.after(() => site.app.stop());
  let usualMs = 0;

  await t.test('whether they come from a folder or an archive', async () => {
    const archive = `${site.bundle}.tar.gz`;
    const paths = [archive, site.bundle, ...(full ? [archive, archive] : [])];
    for (const [before, path] of paths.entries()) {
      // oxlint-disable no-await-in-loop -- one deploy after the other
      await site.write(`v${before + 2}`);
      await create({ file: archive, cwd: join(site.bundle, '..'), gzip: true }, ['bundle']);
      const began = performance.now();
      const { output } = await site.deploy(path);
      usualMs = performance.now() - began;
      assert.match(output, new RegExp(`The npm packages are those of release ${before + 1}`));
      assert.doesNotMatch(output, /Installing/);
      assert.equal((await ask(site.app.url)).body, `v${before + 2}`);
      // oxlint-enable no-await-in-loop
    }
    const [first, last] = [site.folder(1), site.folder(paths.length + 1)];
    const shared = [`${npm}/package-0/package.json`, `${server}/node_modules/dependency-0/lib/file-1.js`];
    for (const path of shared) assert.equal(inode(first, path), inode(last, path), path);
    const addon = 'npm/node_modules/native/node_modules/addon';
    const own = [
      'boot.js',
      'package.json',
      'package-lock.json',
      `${addon}/build.js`,
      `${addon}/build/addon.node`,
    ];
    for (const path of own)
      assert.notEqual(inode(first, `${server}/${path}`), inode(last, `${server}/${path}`), path);
  });

  await t.test('and the disk is told as it is used', async () => {
    const { output } = await runCommand(site.app, ['releases', '--json']);
    const known = JSON.parse(output) as { diskBytes: number }[];
    const total = known.reduce((sum, { diskBytes }) => sum + diskBytes, 0);
    t.diagnostic(
      `${known.length} releases take ${(total / known[0]!.diskBytes).toFixed(2)} times the disk of one`,
    );
    const folders = known.map((_, i) => join(site.app.home, 'state/app/releases', String(i + 1)));
    const du = execFileSync('du', ['-skc', ...folders], { encoding: 'utf8' });
    assert.equal(total, 1024 * Number(/^(\d+)\s+total$/m.exec(du)![1]));
    assert.ok(total < (full ? 1.4 : 2) * known[0]!.diskBytes);
  });

  await t.test('an app that writes into its own files is told of, once, and has copies of them', async () => {
    const { number: before } = await site.deploy();
    for (const name of ['package-0', 'package-1'])
      appendFileSync(join(site.folder(before), npm, name, 'package.json'), ' ');
    const notices: string[] = [];
    const events = await site.app.control.events((event) => {
      if (event.type === 'notice' && event.slot === 0) notices.push(event.text);
    });
    const { number: after } = await site.deploy();
    events.close();
    assert.equal(notices.length, 1);
    const [file, releases] = [`${npm}/package-[01]/package.json`, `in release ${before}`];
    assert.match(
      notices[0]!,
      new RegExp(`release ${after}: .*copies of its own: ${file} and \\d+ more, ${releases}`),
    );
    assert.notEqual(
      inode(site.folder(before), `${npm}/package-0/package.json`),
      inode(site.folder(after), `${npm}/package-0/package.json`),
    );
  });

  await t.test('one that is killed at any moment leaves nothing that the next takes for whole', async () => {
    const seed = seedOfRun();
    t.diagnostic(`seed ${seed}`);
    const random = new Random(seed);
    for (let kill = 0; kill < kills; kill += 1) {
      // oxlint-disable no-await-in-loop -- one deploy after the other
      // Every second one has other packages, so that npm runs.
      if (kill % 2 === 0) appendFileSync(join(site.bundle, server, 'package.json'), ' ');
      await site.killed(random.next() * usualMs * (kill % 2 === 0 ? 3 : 1));
      await site.deploy();
      // oxlint-enable no-await-in-loop
    }
  });
});
