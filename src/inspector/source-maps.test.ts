import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { runCommand } from '../node/command.ts';
import { isNodes, SourceMaps } from './source-maps.ts';

const source = `// The first line is gone in what runs.
interface Nothing {}

export function spin(times: number): Nothing {
  throw new Error('here');
}
`;
/** Where `throw` stands. */
const written = { line: 5, column: 3 };

interface Built {
  root: string;
  /** What runs. */
  path: string;
  text: string;
}

async function built(t: TestContext, sourcemap: 'inline' | 'linked' | 'external'): Promise<Built> {
  const root = await mkdtemp(join(tmpdir(), 'rad-maps-'));
  t.after(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'src'));
  await writeFile(join(root, 'src', 'spin.ts'), source);
  const path = join(root, 'out', 'app.js');
  const entryPoints = [join(root, 'src', 'spin.ts')];
  await build({ entryPoints, outfile: path, sourcemap, format: 'cjs', minify: true, logLevel: 'error' });
  return { root, path, text: await readFile(path, 'utf8') };
}

/** Where `throw` is in what runs, counted from 0. */
function thrown({ text }: Built): [number, number] {
  const lines = text.split('\n');
  const line = lines.findIndex((each) => each.includes('throw'));
  return [line, lines[line]!.indexOf('throw')];
}

const linkOf = (text: string): string => /\/\/# sourceMappingURL=(\S+)/.exec(text)![1]!;

for (const kind of ['inline', 'linked'] as const) {
  test(`a script that names its source map: ${kind}`, async (t) => {
    const app = await built(t, kind);
    const script = { url: pathToFileURL(app.path).href, sourceMapURL: linkOf(app.text) };
    const place = new SourceMaps(app.root).place(script, ...thrown(app));
    assert.deepEqual(place, { file: 'src/spin.ts', ...written });
  });
}

test('a source map beside the script', async (t) => {
  const app = await built(t, 'external');
  const place = new SourceMaps(app.root).place({ url: app.path }, ...thrown(app));
  assert.deepEqual(place, { file: 'src/spin.ts', ...written });
});

test('a source map that a Meteor bundle names, with the sources as Meteor calls them', async (t) => {
  const app = await built(t, 'external');
  const map = JSON.parse(await readFile(`${app.path}.map`, 'utf8')) as { sources: string[] };
  await rm(`${app.path}.map`);
  await writeFile(
    join(app.root, 'other.map'),
    JSON.stringify({ ...map, sources: ['meteor://💻app/server/spin.ts'] }),
  );
  const load = [{ path: 'packages/meteor.js' }, { path: 'out/app.js', sourceMap: 'other.map' }];
  await writeFile(join(app.root, 'program.json'), JSON.stringify({ format: 'javascript-image-pre1', load }));
  const place = new SourceMaps(app.root).place({ url: app.path }, ...thrown(app));
  assert.deepEqual(place, { file: 'server/spin.ts', ...written });
});

test('without a source map the place in what runs is told', async (t) => {
  const app = await built(t, 'external');
  await rm(`${app.path}.map`);
  const [line, column] = thrown(app);
  const maps = new SourceMaps(app.root);
  const here = { line: line + 1, column: column + 1 };
  assert.deepEqual(maps.place({ url: app.path }, line, column), { file: 'out/app.js', ...here });
  const elsewhere = { url: 'file:///srv/lib/x.js', sourceMapURL: 'https://example.com/x.map' };
  assert.deepEqual(maps.place(elsewhere, line, column), { file: '/srv/lib/x.js', ...here });
});

test('an app cannot have a pipe waited for, nor a broken map believed', async (t) => {
  const app = await built(t, 'external');
  await rm(`${app.path}.map`);
  assert.equal((await runCommand('mkfifo', [`${app.path}.map`])).code, 0);
  const maps = new SourceMaps(app.root);
  assert.equal(maps.place({ url: app.path }, 0, 0).file, 'out/app.js');
  const broken = { url: app.path, sourceMapURL: 'data:application/json;base64,eyJ2' };
  assert.equal(maps.place(broken, 0, 0).file, 'out/app.js');
});

test("Node's own modules are known by their names", () => {
  const names = ['node:internal/timers', 'internal/timers.js', 'net.js'];
  assert.ok(names.every((url) => isNodes({ url })));
  const others = ['', 'packages/meteor.js', '/srv/app/net.js', 'file:///srv/internal/x.js'];
  assert.ok(!others.some((url) => isNodes({ url })));
});
