import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { HttpLoad } from '../support/http-load.ts';
import { Pty, type Size } from '../support/pty.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { programPath } from '../../src/installation.ts';

const cli = programPath('cli');
const nodeApp = fileURLToPath(new URL('../../examples/node-app', import.meta.url));
const usual: Size = { columns: 80, rows: 24 };

function watch(t: TestContext, app: RunningApp, size = usual, env: NodeJS.ProcessEnv = {}): Pty {
  const command = [process.execPath, cli, 'top', '--name', app.name];
  const pty = new Pty(command, size, { RADIANT_HOME: app.home, LANG: 'C.UTF-8', NO_COLOR: '', ...env });
  t.after(() => pty.kill());
  return pty;
}

async function started(t: TestContext): Promise<RunningApp> {
  const app = await startRadiant({ app: nodeApp });
  t.after(() => app.stop());
  return app;
}

/** The terminal is as it was: the shell's own lines are there, with the cursor, and keys are echoed again. */
async function restored(pty: Pty, code: number): Promise<void> {
  await pty.ended;
  const [, ended, modes] = await pty.shows(/ended with (\d+)\nmodes: (.*)\./);
  assert.equal(ended, String(code));
  assert.equal(modes!.trim(), 'icanon echo');
  assert.equal(pty.terminal.buffer.active.type, 'normal');
  assert.match(pty.text, /^tty .*\npid \d+\nended/, 'nothing of it is left');
  assert.ok(pty.raw.lastIndexOf('\x1b[?25h') > pty.raw.lastIndexOf('\x1b[?25l'), 'the cursor is shown');
  assert.equal(pty.terminal.modes.wraparoundMode, true);
}

/** Whether a row of the screen is the one that the cursor is on. */
function inverse(pty: Pty, row: number): boolean {
  return pty.terminal.buffer.active.getLine(row)!.getCell(0)!.isInverse() !== 0;
}

const pids = async (app: RunningApp): Promise<(number | null)[]> =>
  (await app.status()).workers.map(({ pid }) => pid);

test('the screen follows the app, and keys change it', async (t) => {
  const app = await started(t);
  const load = new HttpLoad(`${app.url}/api/whoami`, { keepAlive: 2, fresh: 0 });
  t.after(() => load.stop());
  const pty = watch(t, app);
  await pty.shows(/2\/2 ready .* req\/s/);
  assert.equal(pty.terminal.buffer.active.type, 'alternate');
  assert.match(pty.lines[0]!, /^app {2}running {2}http:.* release 1$/);
  await pty.shows(/^ *#▲ +pid +state +up +loop +memory +sess +req\/s +rst$/m);
  await pty.shows(/ {2}(?:[1-9]\d*|\d\.\d) +[▁▂▃▄▅▆▇█]+ +0$/m);
  await pty.until(
    () => /help.*quit|quit.*help/.test(pty.lines[23]!) || undefined,
    'the keys in the last row',
  );

  assert.ok(inverse(pty, 4));
  pty.type('j');
  await pty.until(() => inverse(pty, 5) || undefined, 'the cursor in the second row');
  pty.type('\x1b[A');
  await pty.until(() => inverse(pty, 4) || undefined, 'the cursor in the first row again');

  pty.type('<');
  await pty.shows(/rst▼/);
  pty.type('S');
  await pty.shows(/rst▲/);

  pty.type('?');
  await pty.shows(/restart all workers, one after the other/);
  pty.type('x');
  await pty.shows(/rst▲/);

  pty.type('+');
  await pty.shows(/there are 3 workers, there were 2/);
  await pty.shows(/3\/3 ready/);
  assert.equal((await pids(app)).length, 3);
  pty.type('-');
  await pty.shows(/there are 2 workers, there were 3/);

  const [first, second] = await pids(app);
  pty.type('d');
  await pty.shows(/worker 1 was drained; its successor has the pid \d+/);
  const drained = await pids(app);
  assert.notEqual(drained[0], first);
  assert.equal(drained[1], second);
  await pty.shows(/worker 1 ready in/);

  pty.type('r');
  await pty.shows(/Restart all 2 workers\? y\/n/);
  pty.type('n');
  await pty.until(() => !/y\/n/.test(pty.text) || undefined, 'no question');
  assert.deepEqual(await pids(app), drained);
  pty.type('ry');
  await pty.shows(/restarted 2 workers/);
  assert.ok((await pids(app)).every((pid) => !drained.includes(pid)));

  pty.type('q');
  await restored(pty, 0);
});

test('it fits into every window, and has colours only where they are wanted', async (t) => {
  const app = await started(t);
  const pty = watch(t, app, { columns: 40, rows: 20 }, { NO_COLOR: '1' });
  await pty.shows(/#▲ state +loop +memory +sess +req\/s/);
  assert.doesNotMatch(pty.lines[3]!, /pid/);
  // oxlint-disable-next-line no-control-regex -- that is what is looked for
  assert.doesNotMatch(pty.raw, /\x1b\[3\dm/);
  await pty.resize({ columns: 120, rows: 40 });
  await pty.shows(/^ *#▲ +pid .*rst$/m);
  await pty.until(() => /quit/.test(pty.lines[39]!) || undefined, 'the keys in the last row');
  await pty.resize({ columns: 12, rows: 5 });
  await pty.until(() => (/state/.test(pty.lines[1]!) && /q/.test(pty.lines[4]!)) || undefined, 'a tiny one');
  assert.equal(pty.lines.length, 5);
  await pty.resize(usual);
  pty.type('\x03');
  await restored(pty, 0);
});

test('a supervisor that does not answer is waited for, a signal ends it', async (t) => {
  const app = await started(t);
  const pty = watch(t, app);
  await pty.shows(/2\/2 ready/);
  const { supervisor } = await app.status();
  const old = await pids(app);
  process.kill(supervisor.pid, 'SIGSTOP');
  // However this ends: a stopped supervisor cannot stop the app.
  await pty
    .shows(/reconnecting for .*: the supervisor at/)
    .finally(() => process.kill(supervisor.pid, 'SIGCONT'));
  await pty.until(() => !/reconnecting/.test(pty.text) || undefined, 'it again');
  process.kill(supervisor.pid, 'SIGKILL');
  const fresh = await eventually('the next one has replaced them', async () => {
    const now = (await app.status().catch(() => undefined))?.workers ?? [];
    const areNew = now.every(({ state, pid }) => state === 'ready' && !old.includes(pid));
    return now.length === 2 && areNew ? now : undefined;
  });
  await pty.until(
    () =>
      (/2\/2 ready/.test(pty.text) && fresh.every(({ pid }) => pty.text.includes(String(pid)))) || undefined,
    'the next one',
  );
  process.kill(pty.pid, 'SIGTERM');
  await restored(pty, 143);
});
