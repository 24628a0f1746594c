import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { appNodes } from '../fixtures/nodes.ts';
import { freePort } from '../support/radiant.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));

const app = `require('node:http')
  .createServer((request, response) => response.end('from slot ' + process.env.RADIANT_SLOT))
  .listen(process.env.PORT);
`;

/** A copy to pack from: that empties `dist`, which other tests run. */
async function checkout(folder: string): Promise<string> {
  const copy = join(folder, 'checkout');
  await mkdir(copy);
  const parts = [
    'src',
    'bin',
    'scripts',
    'package.json',
    'tsconfig.json',
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
  ];
  await Promise.all(parts.map((part) => cp(join(repository, part), join(copy, part), { recursive: true })));
  await symlink(join(repository, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Its types need no other package, and refuse what the loader would. */
async function typed(installed: string, folder: string): Promise<void> {
  const project = join(folder, 'typed');
  await mkdir(join(project, 'node_modules'), { recursive: true });
  await symlink(installed, join(project, 'node_modules/radiant'));
  const good = "{ port: 80, workers: { min: 2, target: { sessions: 300 } }, tls: { cert: 'a', key: 'b' } }";
  const bad = "{ affinity: 'sticky' }";
  for (const [file, config] of [
    ['good.ts', good],
    ['bad.ts', bad],
  ] as const) {
    const text = `import { defineConfig } from 'radiant';\nexport default defineConfig(${config});\n`;
    // oxlint-disable-next-line no-await-in-loop -- two files
    await writeFile(join(project, file), text);
  }
  const compiler = join(repository, 'node_modules/.bin/tsc');
  const strict = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--module', 'nodenext', '--types', ''];
  await run(compiler, [...strict, join(project, 'good.ts')], { cwd: project });
  await assert.rejects(
    run(compiler, [...strict, join(project, 'bad.ts')], { cwd: project }),
    ({ stdout }) => {
      assert.match(stdout, /bad\.ts.*"sticky".*is not assignable/);
      return true;
    },
  );
}

test('the packed package installs with npm i -g, and its command runs an app', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rad-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: await checkout(folder) });
  const [tarball] = globSync(join(folder, '*.tgz'));
  const prefix = join(folder, 'global');
  await run('npm', ['install', '--global', '--prefix', prefix, tarball!], { cwd: folder });

  const installed = join(prefix, 'lib/node_modules');
  assert.deepEqual(await readdir(installed), ['radiant']);
  assert.deepEqual(globSync('**/node_modules', { cwd: installed }), [], 'nothing is installed with it');
  await typed(join(installed, 'radiant'), folder);

  const elsewhere = join(folder, 'app');
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, 'server.js'), app);
  // As users of npm i -g do: the configuration imports a package that is not installed beside it.
  const config = `import { defineConfig } from 'radiant';\nexport default defineConfig({ workers: 2, app: 'server.js' });\n`;
  await writeFile(join(elsewhere, 'radiant.config.ts'), config);
  const port = await freePort();
  const env = { ...process.env, RADIANT_HOME: join(folder, 'home'), NO_COLOR: '1' };
  const radiant = (...args: string[]): ReturnType<typeof run> =>
    run(join(prefix, 'bin', 'radiant'), args, { cwd: elsewhere, env });
  try {
    const admin = await freePort();
    const start = ['start', '--port', String(port), '--admin', String(admin), '--name', 'packed', '--detach'];
    const { stdout } = await radiant(...start);
    assert.match(String(stdout), /packed is ready at http:\/\/localhost:/);
    const page = await fetch(`http://127.0.0.1:${admin}/page.js`);
    assert.equal(page.status, 200, 'the page is in the package');
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    assert.match(await answer.text(), /^from slot [12]$/);
  } finally {
    await radiant('stop', '--name', 'packed');
  }
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
});

test('on a Node that is too old the command says so in one line, with one that works', async () => {
  const command = fileURLToPath(new URL('../../bin/radiant.cjs', import.meta.url));
  const [{ path: node } = assert.fail()] = await appNodes('14.21.3');
  const failure = await run(node, [command, 'status']).then(
    () => assert.fail('it ran'),
    (error: { code: number; stderr: string }) => error,
  );
  assert.equal(failure.code, 72);
  assert.match(
    failure.stderr,
    /^radiant: Node 14\.\S+ is too old .*npx -p node@24 -p radiant radiant status\n$/,
  );
});
