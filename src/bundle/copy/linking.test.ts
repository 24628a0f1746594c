import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Random, seedOfRun } from '../../../test/support/random.ts';
import { writeRandomBundle } from '../../../test/support/random-bundle.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import type { Identity } from '../../node/command.ts';
import { copyFolder } from './copy.ts';
import type { PlacedBundle } from './staging.ts';
import { readTree, type Entry } from './tree.ts';
import { inspect, unpack } from './unpack.ts';
import { full } from '../../../test/support/full-size.ts';

/** What is missing in CI is a failure. */
const asRoot = {
  skip: process.getuid?.() === 0 || process.env.CI ? false : 'it needs root, and another user',
};
const nobody = { uid: 65_534, gid: 65_534 };
const npm = 'programs/server/npm/node_modules';

const usual: Record<string, string> = {
  'main.js': 'main',
  'star.json': '{}',
  'programs/server/boot.js': 'boot',
  'programs/server/npm-shrinkwrap.json': '{}',
  'programs/server/npm-rebuilds.json': '["npm/node_modules/native"]',
  [`${npm}/a/index.js`]: 'a',
  [`${npm}/a/lib/deep.js`]: 'deep',
  [`${npm}/native/build.node`]: 'machine code',
  [`${npm}/native-not/index.js`]: 'no native one',
};

interface Site {
  bundle: string;
  /** Stages the bundle beside what was staged before, which all is kept. */
  stage(owner?: Identity): Promise<PlacedBundle>;
}

function site(kind: 'folder' | 'archive', files = usual): Site {
  const root = temporaryFolder('rad-link-');
  chmodSync(root, 0o755);
  const bundle = join(root, 'source', 'bundle');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(bundle, path)), { recursive: true });
    writeFileSync(join(bundle, path), text);
  }
  const staged: PlacedBundle[] = [];
  let number = 0;
  const stage = async (owner?: Identity): Promise<PlacedBundle> => {
    number += 1;
    const place = { into: join(root, `release${number}`), owner, kept: staged };
    const placed = await (kind === 'folder'
      ? copyFolder(bundle, readTree(bundle, true), place)
      : unpacked(root, place));
    staged.unshift(placed);
    return placed;
  };
  return { bundle, stage };
}

async function unpacked(root: string, place: Parameters<typeof unpack>[2]): Promise<PlacedBundle> {
  const archive = join(root, 'bundle.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', join(root, 'source'), 'bundle']);
  return unpack(archive, (await inspect(archive)).tree, place);
}

const inode = ({ folder }: PlacedBundle, path: string): number | undefined =>
  lstatSync(join(folder, path), { throwIfNoEntry: false })?.ino;

/** The paths that both releases have as one file. */
const sharedBy = (a: PlacedBundle, b: PlacedBundle): string[] =>
  [...b.tree.keys()]
    .filter((path) => b.tree.get(path)!.kind === 'file' && inode(a, path) === inode(b, path))
    .toSorted();

const three = [`${npm}/a/index.js`, `${npm}/a/lib/deep.js`, `${npm}/native-not/index.js`];
/** What is on disk, but for the mark that Radiant adds. */
const found = ({ folder }: { folder: string }): Map<string, Entry> =>
  new Map([...readTree(folder, false)].filter(([path]) => path !== 'package.json'));

for (const kind of ['folder', 'archive'] as const) {
  test(`${kind}: the packages of the app are shared, what npm rebuilds and all else is copied`, async () => {
    const { bundle, stage } = site(kind);
    const first = await stage();
    writeFileSync(join(bundle, npm, 'a/new.js'), 'new');
    const second = await stage();
    assert.deepEqual(sharedBy(first, second), three);
    assert.deepEqual(found(second), readTree(bundle, true));
    assert.deepEqual([...second.changed], []);
    const third = await stage();
    assert.deepEqual(sharedBy(second, third), [...three.slice(0, 2), `${npm}/a/new.js`, three[2]]);
    assert.equal(lstatSync(join(first.folder, three[0]!)).nlink, 3);
  });

  test(`${kind}: what somebody has written to is copied, and told`, async () => {
    const { bundle, stage } = site(kind);
    const first = await stage();
    const at = (path: string): string => join(first.folder, path);
    writeFileSync(at(three[0]!), 'b'); // as long as before
    chmodSync(at(three[1]!), 0o777);
    const { atime, mtime } = lstatSync(at(three[2]!));
    writeFileSync(at('copy'), 'no native on!');
    renameSync(at('copy'), at(three[2]!));
    utimesSync(at(three[2]!), atime, mtime);
    const second = await stage();
    assert.deepEqual(sharedBy(first, second), []);
    assert.deepEqual(found(second), readTree(bundle, true));
    assert.deepEqual([...second.changed].toSorted(), three.map(at));
    assert.deepEqual(sharedBy(second, await stage()), three, 'of the next one it has all');
  });

  test(`${kind}: nothing is shared with another owner`, asRoot, async () => {
    const { bundle, stage } = site(kind);
    const mine = await stage();
    const theirs = await stage(nobody);
    assert.deepEqual(sharedBy(mine, theirs), []);
    assert.deepEqual([...theirs.changed], []);
    assert.deepEqual(found(theirs), readTree(bundle, true));
    assert.deepEqual(sharedBy(theirs, await stage(nobody)), three);
    assert.deepEqual(sharedBy(mine, await stage()), three);
    for (const path of [...theirs.tree.keys(), '']) {
      const { uid, gid } = lstatSync(join(theirs.folder, path));
      assert.deepEqual({ uid, gid }, nobody, path);
    }
  });

  test(`${kind}: a link to somebody else's file is no file of the release`, asRoot, async () => {
    const { stage } = site(kind);
    const first = await stage(nobody);
    const secret = temporaryFolder('rad-secret-');
    for (const name of ['index.js', 'deep.js'])
      writeFileSync(join(secret, name), 'a secret', { mode: 0o600 });
    renameSync(join(first.folder, npm, 'a/lib'), join(first.folder, npm, 'a/old'));
    symlinkSync(secret, join(first.folder, npm, 'a/lib'));
    renameSync(join(first.folder, three[0]!), join(first.folder, npm, 'a/old.js'));
    symlinkSync(join(secret, 'index.js'), join(first.folder, three[0]!));
    const second = await stage(nobody);
    assert.equal(lstatSync(join(secret, 'deep.js')).nlink, 1);
    assert.equal(readFileSync(join(second.folder, three[1]!), 'utf8'), 'deep');
    assert.equal(readFileSync(join(second.folder, three[0]!), 'utf8'), 'a');
  });
}

test('what a folder that is rebuilt leads to is not shared', async () => {
  const { bundle, stage } = site('folder', {
    ...usual,
    'programs/server/npm-rebuilds.json': '["npm/node_modules/native", "npm/node_modules/alias/inner"]',
    [`${npm}/real/inner/index.js`]: 'behind a link',
    [`${npm}/linked/index.js`]: 'led to from inside',
  });
  symlinkSync('real', join(bundle, npm, 'alias'));
  symlinkSync('../linked', join(bundle, npm, 'native/dependency'));
  const first = await stage();
  assert.deepEqual(sharedBy(first, await stage()), three);
});

test('where nobody knows what is rebuilt, nothing is shared', async () => {
  for (const text of ['{}', '[1]', 'rubbish', '["npm"]', '["."]', '[".."]']) {
    const { stage } = site('folder', { ...usual, 'programs/server/npm-rebuilds.json': text });
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const first = await stage();
    // oxlint-disable-next-line no-await-in-loop
    assert.deepEqual(sharedBy(first, await stage()), [], text);
  }
});

test('an archive with hard links is unpacked as it is, and shares nothing', async () => {
  const { bundle, stage } = site('archive');
  execFileSync('ln', [join(bundle, three[0]!), join(bundle, 'programs/server/again.js')]);
  const first = await stage();
  const second = await stage();
  assert.deepEqual(sharedBy(first, second), []);
  assert.equal(readFileSync(join(second.folder, 'programs/server/again.js'), 'utf8'), 'a');
});

test('where another file system has the kept release, all is copied', async () => {
  const { bundle } = site('folder');
  const elsewhere = join('/dev/shm', `rad-link-${process.pid}`);
  try {
    const tree = readTree(bundle, true);
    const kept = await copyFolder(bundle, tree, { into: elsewhere, owner: undefined, kept: [] });
    const into = join(temporaryFolder('rad-link-'), 'release');
    const placed = await copyFolder(bundle, tree, { into, owner: undefined, kept: [kept] });
    assert.deepEqual(found(placed), tree);
  } finally {
    execFileSync('rm', ['-rf', elsewhere]);
  }
});

const owners = [undefined, ...(asRoot.skip === false ? [nobody] : [])];

/** Both ways say no to the same. */
const refused = (error: Error): string => error.message;

test('linked or copied, a release is the same', async (t) => {
  const seed = seedOfRun();
  t.diagnostic(`seed ${seed}`);
  let shared = 0;
  for (let run = 0; run < (full ? 300 : 5); run += 1) {
    const random = new Random(`${seed}-${run}`);
    const kind = random.pick(['folder', 'archive'] as const);
    const owner = random.pick(owners);
    const { bundle, stage } = site(kind, {});
    writeRandomBundle(bundle, random);
    let before: PlacedBundle | undefined;
    for (let release = 0; release < 3; release += 1) {
      // oxlint-disable no-await-in-loop -- one release after the other
      const linked = await stage(owner).catch(refused);
      const plain = site(kind, {});
      execFileSync('rm', ['-rf', plain.bundle]);
      cpSync(bundle, plain.bundle, { recursive: true, verbatimSymlinks: true });
      const copied = await plain.stage(owner).catch(refused);
      // oxlint-enable no-await-in-loop
      writeRandomBundle(bundle, new Random(`${seed}-${run}-${random.int(0, 2)}`));
      if (typeof linked === 'string' || typeof copied === 'string') {
        assert.equal(typeof linked, typeof copied, `RADIANT_SEED=${seed}, run ${run}`);
        continue;
      }
      assert.deepEqual(
        found(linked),
        found(copied),
        `RADIANT_SEED=${seed}, run ${run}: ${kind}, release ${release}`,
      );
      if (before !== undefined) shared += sharedBy(before, linked).length;
      before = linked;
    }
  }
  assert.ok(shared > 20, `${shared} files were shared`);
});
