import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCommand as run } from '../../src/node/command.ts';
import type { FleetEvent } from '../../src/running/events.ts';
import type { WorkerStatus } from '../../src/running/status.ts';
import { appNodes } from '../fixtures/nodes.ts';
import { connect } from '../support/ddp-client.ts';
import { buildInstalled } from '../support/meteor-bundle.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { lives, testFolder } from '../support/tiny-apps.ts';

const waits = fileURLToPath(new URL('apps/waits.cjs', import.meta.url));
const work = fileURLToPath(new URL('../../examples/meteor-app/server/work.js', import.meta.url));

/** The number of the first line that holds `text`. */
const lineOf = (text: string): number =>
  readFileSync(work, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(text)) + 1;

type Hang = FleetEvent & { type: 'hang' };

const hangOf = async (running: RunningApp, pid: number): Promise<{ seen: Promise<Hang> }> =>
  running.event((event) => event.type === 'hang' && event.pid === pid) as Promise<{ seen: Promise<Hang> }>;

const exitOf = (running: RunningApp, pid: number) =>
  running.event((event) => event.type === 'exit' && event.pid === pid);

async function bundle(t: TestContext, node: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rad-hang-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const app = join(folder, 'bundle');
  await buildInstalled({ out: app, node });
  return app;
}

/** Calls a method that never ends in one worker. */
async function hang(
  { url }: RunningApp,
  { socketPath }: WorkerStatus,
  method: string,
  ...params: unknown[]
): Promise<void> {
  const client = await connect(url, { socketPath });
  client.call(method, ...params).catch(() => {}); // the connection ends with the worker
}

for (const { version } of await appNodes()) {
  test(`a hang is ended, and its place told: Node ${version}`, async (t) => {
    const app = await bundle(t, version);
    const running = await startRadiant({ app, workers: 3, args: ['--hang-timeout', '3'] });
    t.after(() => running.stop());
    const [first, second] = (await running.status()).workers;
    const pids = [first!.pid!, second!.pid!];
    const hangs = await Promise.all(pids.map((pid) => hangOf(running, pid)));
    const exits = await Promise.all(pids.map((pid) => exitOf(running, pid)));
    const back = await Promise.all(
      [1, 2].map((slot) => running.event((event) => event.type === 'ready' && event.slot === slot)),
    );
    await hang(running, first!, 'hang');
    await hang(running, second!, 'isName', `${'a'.repeat(60)}!`);
    const [loop, expression] = await Promise.all(hangs.map(({ seen }) => seen));
    for (const { where, foundInMs } of [loop!, expression!])
      t.diagnostic(`${where}, found in ${foundInMs} ms`);

    const at = `programs/server/work.js:${lineOf('for (;;)')}`;
    assert.equal(loop!.where, `countForever (${at})`);
    assert.match(loop!.stack[0]!, /^countForever \(programs\/server\/work\.js:\d+:\d+\)$/);
    assert.match(loop!.stack[1]!, /^hang \(programs\/server\/methods\.js:\d+:\d+\)$/);
    assert.equal(expression!.where, `isName (programs/server/work.js:${lineOf('/^(?:a+)+$/')})`);
    assert.match(expression!.stack[1]!, /^isName \(programs\/server\/methods\.js:\d+:\d+\)$/);
    assert.ok(loop!.silentMs >= 3_000);

    const [exit] = (await Promise.all(exits.map(({ seen }) => seen))) as (FleetEvent & { type: 'exit' })[];
    assert.match(exit!.reason, /^was killed: its event loop hung for \d+ s in countForever \(/);
    assert.ok(exit!.reason.endsWith(`(${at})`));
    assert.ok(!exit!.expected);
    const written = exit!.output.join('\n');
    assert.match(
      written,
      /radiant: the event loop hung for \d+ s in countForever .*\n {4}at countForever \(/,
    );
    await Promise.all(back.map(({ seen }) => seen));
    const { workers } = await running.status();
    assert.deepEqual(
      workers.map(({ restarts }) => restarts),
      [1, 1, 0],
    );
  });
}

test('a worker that hangs while it drains is ended too', async (t) => {
  const app = await bundle(t, process.versions.node);
  const args = ['--hang-timeout', '3', '--drain-timeout', '10m'];
  const running = await startRadiant({ app, workers: 1, args });
  t.after(() => running.stop());
  const { pid, socketPath } = (await running.status()).workers[0]!;
  const client = await connect(running.url, { socketPath });
  // Its session is not closed while this runs.
  const slow = client.call('slow', 600_000).catch(() => {});
  const draining = await running.event(({ type }) => type === 'draining');
  const hung = await hangOf(running, pid!);
  const restarted = running.control.restart({});
  await draining.seen;
  client.call('hang').catch(() => {});
  assert.match((await hung.seen).where!, /^countForever /);
  await Promise.all([restarted, slow]);
  assert.equal((await running.status()).workers[0]!.restarts, 0, 'its successor was there already');
});

test('a stopped worker does not hang; one that waits for a call does, in a place unknown', async (t) => {
  const pipe = join(await testFolder(t), 'pipe');
  assert.equal((await run('mkfifo', [pipe])).code, 0);
  const env = { TEST_PIPE: pipe };
  const running = await startRadiant({ app: waits, workers: 3, env, args: ['--hang-timeout', '3'] });
  t.after(() => running.stop());
  const [stopped, waiting] = (await running.status()).workers.map(({ pid }) => pid!);
  const hung = await hangOf(running, waiting!);
  const exit = await exitOf(running, waiting!);
  process.kill(stopped!, 'SIGSTOP');
  try {
    process.kill(waiting!, 'SIGUSR2');
    assert.deepEqual((await hung.seen).stack, []);
    const { reason } = (await exit.seen) as FleetEvent & { type: 'exit' };
    assert.match(reason, /: its event loop hung for \d+ s, waiting for a call that does not return$/);
    assert.ok(lives(stopped!), 'it has been silent for longer');
    assert.equal((await running.status()).workers[0]!.pid, stopped);
  } finally {
    process.kill(stopped!, 'SIGCONT');
  }
});
