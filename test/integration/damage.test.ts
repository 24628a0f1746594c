import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Launch } from '../../src/running/launch.ts';
import { runCommand } from '../support/command.ts';
import { leftovers, lives } from '../support/deaths.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';

const app = fileURLToPath(new URL('../fixtures/counting-app.cjs', import.meta.url));
const args = ['--kill-timeout', '2s'];

const inRun = ({ home }: RunningApp, file: string): string => join(home, 'run', 'app', file);
const inState = ({ home }: RunningApp, file: string): string => join(home, 'state', 'app', file);

const pidsOf = async (running: RunningApp): Promise<number[]> =>
  (await running.status()).workers.map(({ pid }) => pid!);

/** Kills the supervisor, and waits for the next one with so many workers of its own. */
async function nextSupervisor(running: RunningApp, workers: number): Promise<void> {
  const { supervisor, workers: old } = await running.status();
  process.kill(supervisor.pid, 'SIGKILL');
  await eventually('another supervisor has as many workers', async () => {
    const now = (await running.status().catch(() => undefined))?.workers ?? [];
    const fresh = now.every(({ pid, state }) => state === 'ready' && !old.some((other) => other.pid === pid));
    return now.length === workers && fresh;
  });
}

test('twelve changes at once leave what the last one asked for, and a whole file', async (t) => {
  const running = await startRadiant({ app, workers: 1 });
  t.after(() => running.stop());
  const asked = Array.from({ length: 12 }, (_, i) => running.control.scale({ workers: 1 + (i % 3) }));
  await Promise.all(asked);
  const { config } = JSON.parse(readFileSync(inRun(running, 'app.json'), 'utf8')) as Launch;
  assert.equal(config.workers, (await running.status()).scaling.wanted);
});

test('a description of the app that is cut off is replaced by its copy, and both by what the keeper knows', async (t) => {
  const running = await startRadiant({ app, workers: 1, args });
  t.after(() => running.stop());
  await running.control.scale({ workers: 2 });
  const file = inRun(running, 'app.json');
  truncateSync(file, 40);
  await nextSupervisor(running, 2);
  const { output } = await runCommand(running, ['events']);
  assert.match(
    output,
    /app\.json could not be read \(.+\): its copy is used, and what was there is \S+app\.json\.damaged/,
  );
  assert.match(readFileSync(inState(running, 'log/supervisor.log'), 'utf8'), /its copy is used/);

  truncateSync(file);
  writeFileSync(`${file}.copy`, 'null');
  await nextSupervisor(running, 1);
  const events = await runCommand(running, ['events']);
  assert.match(events.output, /app\.json could not be read, and says again what it said at the start/);
});

test('`stop` ends what there is: a supervisor that hangs, or workers that nobody looks after', async (t) => {
  const running = await startRadiant({ app, workers: 1, args });
  t.after(() => running.stop());
  const { supervisor } = await running.status();
  const [worker] = await pidsOf(running);
  process.kill(supervisor.pid, 'SIGSTOP');
  const ended = once(running.process, 'exit');
  const hung = await runCommand(running, ['stop']);
  assert.equal(hung.code, 0, hung.output);
  await ended;
  assert.deepEqual([supervisor.pid, worker!].filter(lives), []);
  assert.deepEqual(leftovers(running), []);

  const again = await startRadiant({ app, workers: 1, args, at: running });
  const [orphan] = await pidsOf(again);
  const next = (await again.status()).supervisor;
  again.process.kill('SIGKILL');
  process.kill(next.pid, 'SIGKILL');
  await eventually('both have ended', () => ![again.process.pid!, next.pid].some(lives));
  for (const file of ['app.json', 'app.json.copy', 'supervisor.json']) truncateSync(inRun(again, file));
  const left = await runCommand(again, ['stop']);
  assert.equal(left.code, 0, left.output);
  assert.match(left.output, /app stopped in .+: its supervisor did not answer, and what was left was ended/);
  assert.ok(!lives(orphan!));
  assert.equal((await runCommand(again, ['stop'])).code, 3, 'nothing is left to stop');
});

test('`start` begins with whatever is there', async (t) => {
  const first = await startRadiant({ app, workers: 1, args });
  const { supervisor } = await first.status();
  const [old] = await pidsOf(first);
  first.process.kill('SIGKILL');
  await eventually('the keeper has ended', () => !lives(first.process.pid!));
  // Its supervisor lives, and only it can say so.
  for (const file of ['app.json', 'app.json.copy']) writeFileSync(inRun(first, file), '{"config"');
  writeFileSync(inRun(first, 'supervisor.json'), 'null');
  writeFileSync(inRun(first, 'workers/77.json'), 'null');
  writeFileSync(inState(first, 'started.json'), 'null');
  writeFileSync(inState(first, 'maintenance.json'), '');
  writeFileSync(inState(first, 'last-release'), '\0');
  writeFileSync(inState(first, 'releases/1/outcome.json'), 'null');
  const second = await startRadiant({ app, workers: 1, args, at: first });
  t.after(() => second.stop());
  await eventually(
    'the supervisor and the worker of before have ended',
    () => ![supervisor.pid, old!].some(lives),
  );
  assert.equal((await fetch(second.url)).status, 200);

  // The same processes are not there any more, but others have their numbers.
  const { supervisor: last } = await second.status();
  const [living] = await pidsOf(second);
  second.process.kill('SIGKILL');
  for (const pid of [last.pid, living!]) process.kill(pid, 'SIGKILL');
  await eventually('all have ended', () => ![second.process.pid!, last.pid, living!].some(lives));
  const stale = { pid: process.pid, startTime: '1' };
  writeFileSync(inRun(second, 'supervisor.json'), JSON.stringify(stale));
  const record = { ...stale, slot: 1, release: 1, worker: 1, token: '', nodeVersion: '' };
  writeFileSync(inRun(second, 'workers/1.json'), JSON.stringify(record));
  const third = await startRadiant({ app, workers: 1, args, at: second });
  t.after(() => third.stop());
  assert.equal((await third.status()).workers.length, 1);
});
