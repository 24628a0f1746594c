import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { programPath } from '../../src/installation.ts';
import { freePort, startLine, startRadiant } from '../support/radiant.ts';
import { testFolder, tinyApp } from '../support/tiny-apps.ts';

const secret = 'only-the-app-may-know-this';

/** What NODE_OPTIONS has each process do first: as if its Node could not become another program, or ended when it should. */
const execve = {
  missing: 'process.execve = undefined;',
  refused: `process.execve = () => { throw new Error('not permitted'); };`,
  late: `const become = process.execve;
process.execve = (...args) => {
  require('fs').rmSync(process.env.GONE);
  become(...args);
};`,
  fatal: `process.execve = () => process.kill(process.pid, 'SIGKILL');`,
};

async function withExecve(t: TestContext, kind: keyof typeof execve): Promise<Record<string, string>> {
  const file = join(await testFolder(t), 'execve.cjs');
  await writeFile(file, execve[kind]);
  return { NODE_OPTIONS: `--require ${file}` };
}

async function settingsArgs(t: TestContext): Promise<string[]> {
  const file = join(await testFolder(t), 'settings.json');
  await writeFile(file, JSON.stringify({ secret }));
  return ['--settings', file];
}

const listOf = (pid: number, file: 'cmdline' | 'environ'): string[] =>
  readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').slice(0, -1);

const programOf = (pid: number): string | undefined =>
  listOf(pid, 'cmdline').find((word) => word.endsWith('.cjs'));

const handedIn = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.startsWith('handed.'));

/** A start that ends by itself. */
async function endOf(
  command: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number | null; signal: NodeJS.Signals | null; errors: string }> {
  const [program, ...args] = command;
  const child = spawn(program!, args, {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [errors, [code, signal]] = await Promise.all([
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { code, signal, errors };
}

test('what an app in the foreground stays is a small program, in the process of the command', async (t) => {
  const folder = await testFolder(t);
  const app = await tinyApp(folder, { label: 'shop' });
  const variables = join(folder, 'variables');
  await writeFile(variables, 'GREETING=hello\n');
  // What the command has read may be gone when it becomes another program.
  const env = { ...(await withExecve(t, 'late')), GONE: variables };
  const args = [...(await settingsArgs(t)), '--env-file', variables];
  const running = await startRadiant({ app, workers: 1, args, env });
  t.after(() => running.stop());
  assert.ok(!existsSync(variables));
  const { pid } = running.process;
  const { supervisor } = await running.status();
  assert.equal(programOf(pid!), programPath('foreground'));
  assert.ok(listOf(pid!, 'cmdline').join(' ').includes(` start ${app} --name app --port `));
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  assert.deepEqual(children.trim().split(' ').map(Number), [supervisor.pid]);

  const given = Object.keys({ ...process.env, NO_COLOR: '', RADIANT_HOME: '', ...env });
  const found = listOf(pid!, 'environ');
  assert.deepEqual(found.map((line) => line.slice(0, line.indexOf('='))).toSorted(), given.toSorted());
  assert.ok(![...found, ...listOf(pid!, 'cmdline')].join('\n').includes(secret));
  const run = join(running.home, 'run', 'app');
  assert.ok(readFileSync(join(run, 'app.json'), 'utf8').includes(secret), 'there is something to keep');
  assert.deepEqual(handedIn(run), []);
  assert.match(await (await fetch(running.url)).text(), new RegExp(secret));

  running.process.kill('SIGTERM');
  const [code] = (await once(running.process, 'close')) as [number | null];
  assert.equal(code, 0);
  assert.match(running.output(), /^stopping; once more stops at once$[^]*^app has stopped$/m);
  assert.doesNotMatch(running.output(), /Warning/);
});

test('where the system does not let it, the command itself stays', async (t) => {
  const app = await tinyApp(await testFolder(t), { label: 'shop' });
  const env = await withExecve(t, 'refused');
  const running = await startRadiant({ app, workers: 1, args: await settingsArgs(t), env });
  t.after(() => running.stop());
  assert.equal(programOf(running.process.pid!), programPath('cli'));
  assert.deepEqual(handedIn(join(running.home, 'run', 'app')), []);
  assert.match(await (await fetch(running.url)).text(), new RegExp(secret));
});

test('the command stays where it holds something open that was handed to it, a lock for instance', async (t) => {
  const folder = await testFolder(t);
  const lock = join(folder, 'lock');
  const fd = openSync(lock, 'w');
  t.after(() => closeSync(fd));
  const app = await tinyApp(folder, { label: 'shop' });
  const [program, ...args] = startLine(app, 'app', '--workers', '1', '--port', String(await freePort()));
  const child = spawn(program!, args, {
    env: { ...process.env, RADIANT_HOME: join(folder, 'home') },
    stdio: ['ignore', 'pipe', 'inherit', fd],
  });
  t.after(async () => {
    if (child.kill('SIGTERM')) await once(child, 'exit');
  });
  for await (const line of createInterface(child.stdout!)) if (line.includes(' is ready at ')) break;
  assert.equal(programOf(child.pid!), programPath('cli'));
  assert.equal(statSync(`/proc/${child.pid}/fd/3`).ino, statSync(lock).ino);
});

test('a start that fails says the same and exits the same, whichever program says it', async (t) => {
  const folder = await testFolder(t);
  const taken = net.createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as net.AddressInfo;
  await tinyApp(folder, { label: 'serves' });
  await tinyApp(folder, { label: 'crashes', start: 'crash' });
  const kinds: [label: string, home: string, port: number, code: number, says: RegExp][] = [
    ['serves', 'home', port, 98, /is in use by another process\n {2}Stop the process/],
    ['serves', 'h'.repeat(90), port, 73, /^radiant: .* bytes.*\n {2}Use a shorter name/],
    [
      'crashes',
      'home',
      await freePort(),
      1,
      /its last lines:\n {2}hello[^]*no database for crashes\n {2}Cor/,
    ],
  ];
  const without = await withExecve(t, 'missing');
  for (const [label, home, at, code, says] of kinds) {
    const args = ['--workers', '1', '--host', '127.0.0.1', '--port', String(at)];
    const command = startLine(join(folder, label), 'app', ...args);
    const env = { RADIANT_HOME: join(folder, home) };
    // oxlint-disable-next-line no-await-in-loop -- one start after the other: they have one home
    const ends = [await endOf(command, env), await endOf(command, { ...env, ...without })];
    assert.match(ends[0]!.errors, says, label);
    assert.equal(ends[0]!.code, code, label);
    assert.deepEqual(ends[0], ends[1], label);
  }
});

test('a start that is killed on its way to the other program leaves what the next one removes', async (t) => {
  const folder = await testFolder(t);
  const app = await tinyApp(folder, { label: 'shop' });
  const at = { home: join(folder, 'home'), port: await freePort() };
  const args = await settingsArgs(t);
  const command = [...startLine(app, 'app', '--workers', '1', '--port', String(at.port)), ...args];
  const end = await endOf(command, { RADIANT_HOME: at.home, ...(await withExecve(t, 'fatal')) });
  assert.equal(end.signal, 'SIGKILL');
  const run = join(at.home, 'run', 'app');
  const [left] = handedIn(run);
  assert.equal(statSync(join(run, left!)).mode & 0o777, 0o600);
  assert.ok(readFileSync(join(run, left!), 'utf8').includes(secret));

  const running = await startRadiant({ app, workers: 1, args, at });
  t.after(() => running.stop());
  assert.equal(programOf(running.process.pid!), programPath('foreground'));
  assert.deepEqual(handedIn(run), []);
});
