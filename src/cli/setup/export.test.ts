import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { PassThrough } from 'node:stream';
import { run } from '../run.ts';
import { openTerminal } from '../output/terminal.ts';

async function folderWith(t: TestContext, config: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rad-export-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'radiant.config.json'), JSON.stringify(config));
  await writeFile(join(folder, 'main.js'), '');
  return folder;
}

async function radiant(cwd: string, ...args: string[]): Promise<{ code: number; said: string }> {
  const stream = new PassThrough();
  let said = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const env = { RADIANT_HOME: join(cwd, 'home') };
  return { code: await run(args, { terminal: openTerminal(stream, stream), cwd, env }), said };
}

const app = { app: './main.js', name: 'shop', workers: 2, rootUrl: 'https://shop.example.com/path' };

test('one file goes to a file, or under its name into a folder; again over itself, and over nothing else', async (t) => {
  const cwd = await folderWith(t, app);
  const nginx = ['export', 'nginx', '--flavor', 'classic', '--out'];
  const toFolder = await radiant(cwd, ...nginx, '.');
  assert.equal(toFolder.code, 0, toFolder.said);
  assert.ok(toFolder.said.includes(`${join(cwd, 'shop.conf')} is written`));
  assert.equal((await radiant(cwd, ...nginx, 'shop.conf')).code, 0);

  await writeFile(join(cwd, 'mine.conf'), 'server {}');
  const refused = await radiant(cwd, ...nginx, 'mine.conf');
  assert.equal(refused.code, 78);
  assert.match(refused.said, /mine\.conf is there already[\s\S]*--force/);
  assert.equal(await readFile(join(cwd, 'mine.conf'), 'utf8'), 'server {}');
  assert.equal((await radiant(cwd, ...nginx, 'mine.conf', '--force')).code, 0);
  assert.match(await readFile(join(cwd, 'mine.conf'), 'utf8'), /Made by `radiant export nginx`/);

  const nowhere = await radiant(cwd, ...nginx, 'main.js/shop.conf');
  assert.equal(nowhere.code, 74, nowhere.said);
  assert.match(nowhere.said, /cannot be written[\s\S]*--out/);
});

test('several files are written all or none', async (t) => {
  const cwd = await folderWith(t, app);
  await writeFile(join(cwd, 'compose.yaml'), 'services: {}');
  const refused = await radiant(cwd, 'export', 'docker', '--out', '.');
  assert.match(refused.said, /compose\.yaml is there already/);
  await assert.rejects(readFile(join(cwd, 'Dockerfile')), /ENOENT/);
  assert.equal((await radiant(cwd, 'export', 'systemd', '--out', 'units')).code, 0);
  const again = await radiant(cwd, 'export', 'systemd', '--out', 'units');
  assert.equal(again.code, 0, again.said);
});

test('nginx answers for the host of ROOT_URL, or for the names that are said', async (t) => {
  const cwd = await folderWith(t, app);
  assert.match((await radiant(cwd, 'export', 'nginx')).said, /server_name shop\.example\.com;/);
  const names = ['--server-name', 'a.example.com, b.example.com'];
  assert.match(
    (await radiant(cwd, 'export', 'nginx', ...names)).said,
    /server_name a\.example\.com b\.example\.com;/,
  );
  const local = await folderWith(t, { ...app, rootUrl: 'http://192.0.2.1:3000' });
  assert.match((await radiant(local, 'export', 'nginx')).said, /server_name _;[\s\S]*Say --server-name/);
});

test('an image gets the options of the configuration file, and paths with spaces', async (t) => {
  const options = { healthPath: '/health', killTimeout: '1500ms', waitReady: true, workers: '2-4' };
  const cwd = await folderWith(t, { ...app, ...options, app: './my app' });
  await mkdir(join(cwd, 'my app'));
  await writeFile(join(cwd, 'my app', 'package.json'), '{"main":"main.js"}');
  await writeFile(join(cwd, 'my app', 'main.js'), '');
  const { said } = await radiant(cwd, 'export', 'docker');
  assert.match(said, /^COPY \["my app","\.\/"\]$/m);
  assert.match(said, /"--workers","2-4","--health-path","\/health","--wait-ready","--kill-timeout","1500ms"/);
});

test('a unit that could not reach the app is said to', async (t) => {
  const cwd = await folderWith(t, app);
  const { said } = await radiant(cwd, 'export', 'systemd', '--exec', '/usr/bin/radiant');
  assert.ok(
    said.includes(`The unit sees nothing of /tmp: have what is there (${join(cwd, 'main.js')}, ${cwd})`),
  );
  // mkdtemp lets nobody else in.
  if (process.getuid?.() === 0) assert.ok(said.includes(`Let radiant enter ${cwd}: chmod o+x`));
});
