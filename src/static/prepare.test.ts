import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Config } from '../config/types.ts';
import { parseStaticIndex, type StaticFile } from '../protocol/static-index.ts';
import { prepareStatic, sweepStatic } from './prepare.ts';

const code = 'let a = 1;\n'.repeat(500);

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rad-prepare-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A bundle with `files` by architecture: the URL names the file. */
function bundleIn(folder: string, files: Record<string, Record<string, string>>): string {
  const bundle = join(folder, 'bundle');
  const programs = Object.keys(files).map((arch) => ({ arch, path: `programs/${arch}/program.json` }));
  for (const [arch, contents] of Object.entries(files)) {
    const program = join(bundle, 'programs', arch);
    mkdirSync(program, { recursive: true });
    const manifest = Object.entries(contents).map(([name, content]) => {
      writeFileSync(join(program, name), content);
      return {
        path: name,
        url: `/${name}?x=1`,
        where: 'client',
        type: 'js',
        cacheable: name.startsWith('h'),
      };
    });
    writeFileSync(join(program, 'program.json'), JSON.stringify({ manifest }));
  }
  writeFileSync(join(bundle, 'star.json'), JSON.stringify({ programs }));
  return bundle;
}

interface Prepared {
  path: string | undefined;
  store: string;
  told: string[];
  /** By URL. */
  files: Record<string, StaticFile>;
}

async function prepare(
  folder: string,
  kind: 'meteor' | 'node',
  cwd: string,
  rest: Partial<Config>,
): Promise<Prepared> {
  const [told, store]: [string[], string] = [[], join(folder, 'store')];
  const path = await prepareStatic({
    program: { kind, entry: '', cwd, nodePath: '', nodeVersion: '', nodeSource: '' },
    config: { noStatic: false, ...rest } as Config,
    store,
    folder: join(folder, 'release'),
    number: 1,
    progress: { step: (text) => told.push(text), transfer: () => {} },
  });
  const index = path === undefined ? undefined : parseStaticIndex(readFileSync(path, 'utf8'))!;
  const urls = Object.entries(index?.urls ?? {});
  return { path, store, told, files: Object.fromEntries(urls.map(([url, i]) => [url, index!.files[i]!])) };
}

test('a bundle: all URLs below the prefix, but not those whose content depends on the browser', async (t) => {
  const folder = place(t);
  const bundle = bundleIn(folder, {
    'web.browser': { 'h1.js': code, 'same.js': 'same', 'other.js': 'one' },
    'web.browser.legacy': { 'h2.js': `${code}//`, 'same.js': 'same', 'other.js': 'two' },
  });
  const { files, store } = await prepare(folder, 'meteor', bundle, { rootUrl: 'http://localhost/app/' });
  const hashed = ['/app/h1.js', '/app/__browser/h1.js', '/app/h2.js', '/app/__browser.legacy/h2.js'];
  const plain = ['same.js', 'other.js'].flatMap((name) => [
    `/app/__browser/${name}`,
    `/app/__browser.legacy/${name}`,
  ]);
  assert.deepEqual(Object.keys(files).toSorted(), [...hashed, ...plain, '/app/same.js'].toSorted());
  const { br, gzip, cacheable, contentType } = files['/app/h1.js']!;
  assert.deepEqual([cacheable, contentType], [true, null]);
  assert.equal(brotliDecompressSync(readFileSync(br!.path)).toString(), code);
  assert.equal(gunzipSync(readFileSync(gzip!.path)).toString(), code);
  assert.equal(files['/app/same.js']!.br, undefined);
  assert.equal(readdirSync(store).length, 4);
});

test('what is in the store is not made again, and swept when no list names it', async (t) => {
  const folder = place(t);
  const bundle = bundleIn(folder, { 'web.browser': { 'h1.js': code } });
  const { store, path } = await prepare(folder, 'meteor', bundle, {});
  const before = readdirSync(store).map((name) => statSync(join(store, name)).ino);
  await prepare(folder, 'meteor', bundle, {});
  assert.deepEqual(
    readdirSync(store).map((name) => statSync(join(store, name)).ino),
    before,
  );
  writeFileSync(join(store, 'old.br'), '');
  await sweepStatic(store, [path!, join(folder, 'missing.json')]);
  assert.equal(readdirSync(store).length, 3, 'a list is missing: nothing is removed');
  await sweepStatic(store, [path!]);
  assert.equal(readdirSync(store).length, 2);
});

test('without a manifest the app serves its files, and that is told', async (t) => {
  const folder = place(t);
  const bundle = bundleIn(folder, { 'web.browser': { 'h1.js': code } });
  writeFileSync(join(bundle, 'programs/web.browser/program.json'), '{');
  const { path, told } = await prepare(folder, 'meteor', bundle, {});
  assert.equal(path, undefined);
  assert.match(told.join('\n'), /serves its static files itself.*program\.json/);
  assert.equal((await prepare(folder, 'meteor', bundle, { noStatic: true })).path, undefined);
});

test('folders of a plain app: nothing hidden, nothing outside, types by name', async (t) => {
  const folder = place(t);
  const assets = join(folder, 'assets');
  mkdirSync(join(assets, 'sub'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  for (const name of ['a.css', 'sub/b c.png', '.env']) writeFileSync(join(assets, name), code);
  symlinkSync(join(folder, 'secret.txt'), join(assets, 'out.txt'));
  symlinkSync(join(assets, 'a.css'), join(assets, 'in.css'));
  symlinkSync(assets, join(assets, 'sub', 'loop'));
  symlinkSync(join(assets, '.env'), join(assets, 'env'));
  const { files } = await prepare(folder, 'node', folder, { static: { '/assets': assets } });
  assert.deepEqual(Object.keys(files).toSorted(), ['/assets/a.css', '/assets/in.css', '/assets/sub/b c.png']);
  const { contentType, fromFolder, cacheable, br } = files['/assets/a.css']!;
  assert.deepEqual([contentType, fromFolder, cacheable], ['text/css; charset=UTF-8', true, false]);
  assert.match(basename(br!.path), /^[0-9a-f]{64}\.br$/);
  assert.equal(files['/assets/sub/b c.png']!.br, undefined);
});
