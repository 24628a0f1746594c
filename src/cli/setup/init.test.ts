import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { loadConfig } from '../../config/reading/load.ts';
import { lookAround } from '../../init/look-around.ts';
import { answers, questions } from '../../init/questions.ts';
import { run } from '../run.ts';
import { openTerminal } from '../output/terminal.ts';

async function place(t: TestContext, files: Record<string, string>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rad-init-'));
  t.after(() => rm(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}

async function radiant(cwd: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const stream = new PassThrough();
  let output = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const code = await run(args, { terminal: openTerminal(stream, stream), cwd, env: {} });
  return { code, output };
}

const bundle = { 'bundle/main.js': '', 'bundle/star.json': '{}', 'bundle/programs/server/boot.js': '' };

test('the defaults come from what the folder holds', async (t) => {
  const folder = await place(t, {
    ...bundle,
    'settings.json': '{}',
    '.env': 'PORT=8080\nMONGO_URL=mongodb://localhost/x',
    'mup.js': '',
  });
  const { code, output } = await radiant(folder, 'init', '--yes');
  assert.equal(code, 0, output);
  assert.match(output, /mup\.js is here: `radiant init --from mup\.js` translates it/);
  const config = await loadConfig({ flags: {}, cwd: folder, env: {} });
  assert.equal(config.app, join(folder, 'bundle'));
  assert.equal(config.settings, join(folder, 'settings.json'));
  assert.equal(config.port, 8080, 'the environment file says it');
  assert.equal(config.env.MONGO_URL, 'mongodb://localhost/x');
  const text = await readFile(join(folder, 'radiant.config.ts'), 'utf8');
  assert.match(text, /^ {2}\/\/ How many workers; .*\n {2}workers: 'auto',/m);
  assert.doesNotMatch(text, /port:/);

  assert.equal((await radiant(folder, 'init', '--yes')).code, 78);
  assert.equal((await radiant(folder, 'init', '--yes', '--force')).code, 0);
  await writeFile(join(folder, 'radiant.config.json'), '{}');
  assert.match((await radiant(folder, 'init', '--yes', '--force')).output, /only one can count/);
});

test('a question is asked until its answer fits', async (t) => {
  const found = await lookAround(await place(t, bundle));
  const asked: string[] = [];
  const complaints: string[] = [];
  const given = ['', 'My Shop', 'shop', '70000', '80', '', '4', '1', 's.json', ''];
  const ask = (text: string): Promise<string> => {
    asked.push(text);
    return Promise.resolve(given[asked.length - 1]!);
  };
  const options = await answers(questions(found), ask, (text) => complaints.push(text));
  assert.deepEqual(options, {
    app: './bundle',
    name: 'shop',
    port: 80,
    rootUrl: 'http://localhost:80',
    workers: 4,
    proxies: 1,
    settings: 's.json',
  });
  assert.equal(complaints.length, 2);
  assert.match(asked[0]!, /The bundle that `meteor build` makes \[\.\/bundle\]/);
});

test('code is not run unasked, and what it does wrong is told', async (t) => {
  const folder = await place(t, {
    'ecosystem.config.js':
      "require('fs').writeFileSync(__dirname + '/ran', ''); module.exports = { apps: [{ script: 'a.js' }] };",
    'broken.config.js': "throw new Error('no luck');",
    'quiet.config.js': '',
  });
  const refused = await radiant(folder, 'init', '--from', 'ecosystem.config.js', '--yes');
  assert.equal(refused.code, 64);
  assert.match(refused.output, /is code: to read it is to run it\n {2}Look at it, then say --run/);
  assert.ok(!existsSync(join(folder, 'ran')));
  assert.equal((await radiant(folder, 'init', '--from', 'ecosystem.config.js', '--run')).code, 0);
  assert.ok(existsSync(join(folder, 'ran')));
  const broken = await radiant(folder, 'init', '--from', 'broken.config.js', '--run', '--force');
  assert.match(broken.output, /broken\.config\.js cannot be read: Error: no luck/);
  const quiet = await radiant(folder, 'init', '--from', 'quiet.config.js', '--run', '--force');
  assert.match(quiet.output, /holds nothing that Radiant can translate/);
  assert.match((await radiant(folder, 'init', '--from', 'nope.yml')).output, /nope\.yml cannot be read/);
});

test('without a terminal nothing is asked', async (t) => {
  const folder = await place(t, bundle);
  if (process.stdin.isTTY && process.stdout.isTTY) return t.skip('this is a terminal');
  assert.match((await radiant(folder, 'init')).output, /this is no terminal\n {2}--yes takes the defaults/);
});
