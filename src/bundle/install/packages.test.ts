import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { readTree, type Tree } from '../copy/tree.ts';
import { nodeFacts, packagesKey, type PackagesInput } from './packages-key.ts';
import { packagesMade, takePackages, type Delivered, type KeptPackages } from './packages.ts';

const rebuilt = ['npm/native'];
const bundle: Record<string, string> = {
  'package.json': '{"dependencies":{"dep":"1.0.0"},"scripts":{"install":"node tools/build.js"}}',
  'npm-shrinkwrap.json': '{"lockfileVersion":1}',
  'npm-rebuilds.json': '["npm/native"]',
  'npm-rebuild-args.js': '',
  'tools/build.js': '',
  'program.json': '{}',
  'npm/other/index.js': 'other',
  'npm/native/source.c': 'source',
};

function write(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    rmSync(join(folder, path), { force: true });
    writeFileSync(join(folder, path), text);
  }
}

function server(files = bundle): Delivered {
  const folder = temporaryFolder('rad-packages-');
  chmodSync(folder, 0o755); // for other accounts
  write(folder, files);
  return { folder, delivered: readTree(folder, false), rebuilt };
}

/** What npm leaves. */
function installed(files = bundle): Delivered & { kept: KeptPackages } {
  const made = server(files);
  write(made.folder, {
    'node_modules/dep/index.js': 'dep',
    'node_modules/dep/tool': 'tool',
    'npm-shrinkwrap.json': '{"lockfileVersion":2}',
    'npm/native/build/addon.node': 'machine code',
    'built.json': '{}',
  });
  chmodSync(join(made.folder, 'node_modules/dep/tool'), 0o755);
  mkdirSync(join(made.folder, 'node_modules/.bin'));
  symlinkSync('../dep/tool', join(made.folder, 'node_modules/.bin/tool'));
  const tree = packagesMade(made);
  assert.ok(tree !== undefined);
  return { ...made, kept: { key: '', tree, folder: made.folder, release: 1 } };
}

/** What releases of the same packages have in common. */
const common = ({ folder }: Delivered): Tree =>
  new Map([...readTree(folder, false)].filter(([path]) => path !== 'program.json'));

test('another release gets the packages: node_modules as the same files, all else as copies', () => {
  const first = installed();
  const second = server({ ...bundle, 'program.json': '{"another":true}' });
  const changed = new Set<string>();
  const taken = takePackages(first.kept, second, changed);
  assert.deepEqual([...changed], []);
  assert.deepEqual(common(second), common(first));
  const same = ([path, entry]: [string, { kind: string }]): boolean =>
    entry.kind === 'file' &&
    lstatSync(join(first.folder, path)).ino === lstatSync(join(second.folder, path)).ino;
  assert.deepEqual(
    [...taken!]
      .filter(same)
      .map(([path]) => path)
      .toSorted(),
    ['node_modules/dep/index.js', 'node_modules/dep/tool'],
  );
  // And the next one from that.
  const third = server();
  assert.ok(takePackages({ ...first.kept, folder: second.folder, tree: taken! }, third, changed));
  assert.equal(lstatSync(join(first.folder, 'node_modules/dep/tool')).nlink, 3);
});

test('packages that somebody has written to are no longer those that npm made', () => {
  for (const spoil of [
    (at: string) => writeFileSync(join(at, 'node_modules/dep/index.js'), 'DEP'),
    (at: string) => writeFileSync(join(at, 'npm/native/build/addon.node'), 'machine gun!'),
    (at: string) => rmSync(join(at, 'node_modules/.bin/tool')),
    (at: string) => rmSync(join(at, 'node_modules/dep'), { recursive: true }),
  ]) {
    const first = installed();
    spoil(first.folder);
    const second = server();
    const changed = new Set<string>();
    assert.equal(takePackages(first.kept, second, changed), undefined);
    assert.ok(changed.size > 0);
    assert.deepEqual(readTree(second.folder, false), second.delivered, 'nothing has been done');
  }
});

test('a file that only was touched is copied, and what was added stays behind', () => {
  const first = installed();
  utimesSync(join(first.folder, 'node_modules/dep/index.js'), 1, 1);
  writeFileSync(join(first.folder, 'node_modules/cache'), 'of the app');
  const second = server();
  const changed = new Set<string>();
  assert.ok(takePackages(first.kept, second, changed));
  assert.deepEqual([...changed], [join(first.folder, 'node_modules/dep/index.js')]);
  assert.equal(lstatSync(join(first.folder, 'node_modules/dep/index.js')).nlink, 1);
  assert.ok(!existsSync(join(second.folder, 'node_modules/cache')));
});

test('what belongs to one release alone is not taken for its packages', () => {
  const made = server();
  write(made.folder, { 'node_modules/dep/index.js': '', 'program.json': '{"of":"this release"}' });
  assert.equal(packagesMade(made), undefined);
  const first = installed();
  assert.equal(
    takePackages(first.kept, server({ ...bundle, 'built.json': 'delivered' }), new Set()),
    undefined,
  );
});

test('the key is another one for whatever gives other packages', async () => {
  const cli = join(temporaryFolder('rad-npm-'), 'npm', 'bin', 'npm-cli.js');
  const home = temporaryFolder('rad-home-');
  const node = await nodeFacts(process.execPath, undefined);
  assert.match(
    node!,
    new RegExp(`"v${process.versions.node}","${process.versions.modules}","${process.platform}"`),
  );
  const keyOf = (
    files: Record<string, string>,
    change: Partial<PackagesInput> = {},
  ): Promise<string | undefined> =>
    packagesKey({
      ...server(files),
      node,
      npm: { cli, version: '10.8.2' },
      flags: ['install'],
      env: { HOME: home },
      account: undefined,
      ...change,
    });
  const key = await keyOf(bundle);
  assert.match(key!, /^[\da-f]{64}$/);
  const same = { ...bundle, 'program.json': 'x', 'app/app.js': 'x', 'npm/other/index.js': 'x' };
  assert.equal(await keyOf(same, { env: { HOME: home, LANG: 'C', TERM: 'xterm' } }), key);
  const changes: Parameters<typeof keyOf>[] = [
    ...[
      'package.json',
      'npm-shrinkwrap.json',
      'npm-rebuilds.json',
      'npm-rebuild-args.js',
      'tools/build.js',
    ].map((path): [Record<string, string>] => [{ ...bundle, [path]: `${bundle[path]} ` }]),
    [{ ...bundle, 'npm/native/source.c': 'other' }],
    [{ ...bundle, 'npm/native/more.c': '' }],
    [{ ...bundle, '.npmrc': 'omit=optional' }],
    [bundle, { node: node!.replace(process.versions.modules, '1') }],
    [bundle, { npm: { cli, version: '10.8.3' } }],
    [bundle, { flags: ['install', '--ignore-scripts'] }],
    [bundle, { env: { HOME: home, npm_config_build_from_source: 'true' } }],
    [bundle, { env: { HOME: home, CFLAGS: '-O0' } }],
    [bundle, { account: { uid: 1, gid: 1, name: 'daemon', home } }],
  ];
  const keys = new Set([key]);
  for (const [files, change] of changes) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    keys.add(await keyOf(files, change));
  }
  writeFileSync(join(home, '.npmrc'), 'registry=http://localhost');
  keys.add(await keyOf(bundle));
  assert.equal(keys.size, changes.length + 2);
  assert.ok(!keys.has(undefined));
});

test('packages from folders of the bundle count by what is in these, others are installed each time', async () => {
  const input = {
    node: '',
    npm: { cli: '/npm/bin/npm-cli.js', version: '' },
    flags: [],
    env: {},
    account: undefined,
  };
  const keyOf = (spec: string, text: string): Promise<string | undefined> =>
    packagesKey({
      ...server({ 'package.json': `{"dependencies":{"dep":"${spec}"}}`, 'dep/index.js': text }),
      ...input,
    });
  for (const spec of ['file:dep', './dep', 'file:./dep/']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const [a, b] = [await keyOf(spec, 'a'), await keyOf(spec, 'b')];
    assert.ok(a !== undefined && b !== undefined && a !== b, spec);
  }
  for (const spec of ['file:../dep', '/srv/dep', '~/dep', 'file:none']) {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal(await keyOf(spec, 'a'), undefined, spec);
  }
});
