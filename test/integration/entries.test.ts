import assert from 'node:assert/strict';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { appNodes } from '../fixtures/nodes.ts';
import { startRadiant, type RunOptions } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

/** Serves its own name and the folder that it runs in. */
const body = `http.createServer((request, response) => {
  response.end(JSON.stringify({ entry: process.argv[1], cwd: process.cwd() }));
}).listen(process.env.PORT);`;
const commonJs = `const http = require('node:http'); ${body}`;
const module = `import http from 'node:http'; ${body}`;
const typed = `import http from 'node:http'; const port: number = 1; ${body}`;
/** As ts-node registers itself, for a TypeScript that only knows numbers. */
const loader = `require.extensions['.ts'] = (module, file) => {
  const text = require('fs').readFileSync(file, 'utf8');
  module._compile(text.replace(': number', '').replace(/import http from (.*?);/, 'const http = require($1);'), file);
};`;

interface Case {
  files: Record<string, string>;
  /** What `radiant start` is given, and where it is to lead. */
  app: string;
  entry: string;
  cwd: string;
  args?: (root: string) => string[];
  env?: (root: string) => Record<string, string>;
}

async function folderOf(t: TestContext, files: Record<string, string>): Promise<string> {
  const root = await realpath(await testFolder(t));
  for (const [name, text] of Object.entries(files)) {
    // oxlint-disable no-await-in-loop -- one file after the other
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
    // oxlint-enable no-await-in-loop
  }
  return root;
}

const optionsOf = (root: string, { app, args, env }: Pick<Case, 'app' | 'args' | 'env'>): RunOptions => ({
  app: join(root, app),
  workers: 1,
  args: args?.(root) ?? [],
  env: env?.(root) ?? {},
});

const [oldest, last22, newest] = await appNodes('18', '22', '26');

const onOldest = (): string[] => ['--node', oldest!.path];
const inNone = (root: string): string[] => ['--cwd', join(root, 'none')];

const cases: Record<string, Case> = {
  'a script without its ending, below a package.json': {
    files: { 'package.json': '{}', 'dist/src/main.js': commonJs },
    app: 'dist/src/main',
    entry: 'dist/src/main.js',
    cwd: '',
  },
  'a module in another folder than its own': {
    files: { 'package.json': '{}', 'server.mjs': module, 'data/x': '' },
    app: 'server.mjs',
    entry: 'server.mjs',
    cwd: 'data',
    args: (root) => ['--cwd', join(root, 'data')],
  },
  'a package without main': {
    files: { 'package.json': '{"type":"module"}', 'index.mjs': module },
    app: '',
    entry: 'index.mjs',
    cwd: '',
  },
  'a main without its ending': {
    files: { 'package.json': '{"main":"./dist/main"}', 'dist/main.cjs': commonJs },
    app: '',
    entry: 'dist/main.cjs',
    cwd: '',
  },
  'TypeScript, by Node 22': {
    files: { 'package.json': '{"type":"module"}', 'src/index.ts': typed },
    app: 'src',
    entry: 'src/index.ts',
    cwd: '',
    args: () => ['--node', last22!.path],
  },
  'TypeScript, by Node 26': {
    files: { 'main.mts': typed },
    app: 'main',
    entry: 'main.mts',
    cwd: '',
    args: () => ['--node', newest!.path],
  },
  'TypeScript, by a loader on Node 18': {
    files: { 'package.json': '{}', 'src/main.ts': typed, 'register.cjs': loader },
    app: 'src/main.ts',
    entry: 'src/main.ts',
    cwd: '',
    args: onOldest,
    env: (root) => ({ RADIANT_ENV_FILE: join(root, 'env') }),
  },
};

for (const [name, { files, entry, cwd, ...start }] of Object.entries(cases)) {
  test(`what is started, and where: ${name}`, async (t) => {
    // The path of the loader is seen from the folder that the worker runs in.
    const root = await folderOf(t, { ...files, env: 'NODE_OPTIONS=--require ./register.cjs' });
    const app = await startRadiant(optionsOf(root, start));
    t.after(() => app.stop());
    const answer = await fetch(app.url);
    assert.deepEqual(await answer.json(), { entry: join(root, entry), cwd: join(root, cwd) });
  });
}

test('templates are expanded where they are documented, and nowhere else', async (t) => {
  const server =
    "const { FILE, OPTION, INHERITED } = process.env; require('http').createServer((request, response) => " +
    'response.end(JSON.stringify({ FILE, OPTION, INHERITED }))).listen(process.env.PORT);';
  const root = await folderOf(t, {
    'main.js': server,
    'radiant.config.json': '{ "envFile": "env", "env": { "OPTION": "{slot}/{9000+slot}" } }',
    env: 'FILE={slot}/{9000+slot}',
  });
  const env = { RADIANT_CONFIG: join(root, 'radiant.config.json'), INHERITED: '{slot}' };
  const app = await startRadiant({ app: join(root, 'main.js'), workers: 1, env });
  t.after(() => app.stop());
  assert.deepEqual(await (await fetch(app.url)).json(), {
    FILE: '{slot}/{9000+slot}',
    OPTION: '1/9001',
    INHERITED: '{slot}',
  });
});

test('TypeScript that nothing strips is one clear error', async (t) => {
  const root = await folderOf(t, { 'main.ts': typed });
  await assert.rejects(
    startRadiant(optionsOf(root, { app: 'main.ts', args: onOldest })),
    ({ message }: Error) => {
      assert.match(message, /Node 18\.\S+ does not run TypeScript files such as .*main\.ts/);
      assert.match(message, /--node 24/);
      assert.doesNotMatch(message, /^\s+at /m);
      return true;
    },
  );
});

test('a working folder that is none is an error before anything starts', async (t) => {
  const root = await folderOf(t, { 'main.js': commonJs });
  await assert.rejects(
    startRadiant(optionsOf(root, { app: 'main.js', args: inNone })),
    /There is no folder .*none/,
  );
});
