import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import http from 'node:http';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodesInTurn } from '../fixtures/nodes.ts';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { Scrape } from '../support/scrape.ts';
import { testFolder } from '../support/tiny-apps.ts';
import { connectTo } from './http-raw.ts';

const app = fileURLToPath(new URL('apps/rough.cjs', import.meta.url));

const habits = [
  'replaces process.send',
  'deletes process.send',
  'removes all listeners of process',
  'removes its IPC listeners',
  'removes the listeners for requests',
  'has timers of its own',
  'ends with its parent',
  'disconnects itself',
];

interface Rough {
  running: RunningApp;
  gate: string;
  journal: () => Promise<string>;
}

async function start(t: TestContext, node: string, habit: string): Promise<Rough> {
  const folder = await testFolder(t);
  const [file, gate] = [join(folder, 'journal'), join(folder, 'gate')];
  const env = { HABIT: habit, JOURNAL: file, GATE: gate };
  const running = await startRadiant({ app, args: ['--node', node], env });
  t.after(() => running.stop());
  return { running, gate, journal: () => readFile(file, 'utf8').catch(() => '') };
}

const ask = (socketPath: string, path: string): Promise<{ pid: number }> =>
  new Promise((resolve, reject) => {
    http
      .get({ socketPath, path, agent: false }, (response) =>
        resolve(json(response) as Promise<{ pid: number }>),
      )
      .on('error', reject);
  });

const taken = async (running: RunningApp): Promise<number> =>
  (await Scrape.of(running)).sum('radiant_moves_taken_total');

/** A connection moves to the worker that its cookie names, and another listening socket comes over IPC. */
async function move({ running }: Rough): Promise<void> {
  const { workers } = await running.status();
  const before = await taken(running);
  const pids = workers.map(({ pid }) => pid!);
  const { client, holder } = await connectTo({ port: running.port, host: '127.0.0.1' }, pids);
  const other = workers.find(({ pid }) => pid !== holder)!;
  client.send(`GET / HTTP/1.1\r\nHost: x\r\nCookie: radiant-app=${other.slot}.${other.release}\r\n\r\n`);
  const { body } = await client.answer();
  assert.deepEqual(JSON.parse(body.toString()), { pid: other.pid });
  assert.ok((await taken(running)) > before, 'it was moved, and not forwarded');
  client.socket.destroy();
}

/** The supervisor is killed while both workers answer: they finish that, and are drained by the next one. */
async function outlive({ running, gate, journal }: Rough): Promise<void> {
  const { supervisor, workers } = await running.status();
  const answers = Promise.all(workers.map(({ socketPath }) => ask(socketPath, '/late')));
  await eventually('both are asked', async () => (await journal()).split('is asked').length === 3);
  process.kill(supervisor.pid, 'SIGKILL');
  await eventually('another supervisor has started a successor', async () => {
    const now = await running.status().catch(() => undefined);
    if (now === undefined || now.supervisor.pid === supervisor.pid) return false;
    return now.workers.some(({ pid, state }) => state === 'ready' && workers.every((old) => old.pid !== pid));
  });
  await writeFile(gate, '');
  assert.deepEqual(
    await answers,
    workers.map(({ pid }) => ({ pid })),
  );
}

const versions = process.env.RADIANT_ALL_NODES ? [] : ['14.21.3', '26'];

for (const { version, path: node, test } of await nodesInTurn(...versions)) {
  for (const habit of habits) {
    test(`moves, drains and outlives its supervisor: an app that ${habit}, Node ${version}`, async (t) => {
      const rough = await start(t, node, habit);
      const { running, journal } = rough;
      await move(rough);
      const old = (await running.status()).workers.map(({ pid }) => pid!);
      await running.control.restart({});
      await eventually('all are replaced', async () => {
        const { workers } = await running.status();
        return (
          workers.length === 2 && workers.every(({ pid, state }) => state === 'ready' && !old.includes(pid!))
        );
      });
      await outlive(rough);
      assert.doesNotMatch(running.output(), /ended: /);
      const lines = (await journal()).split('\n');
      const seen = new Set(lines.map((line) => line.replace(/^\d+ /, '')));
      seen.delete('');
      const expected =
        habit === 'disconnects itself'
          ? [
              'disconnect false',
              'ERR_IPC_CHANNEL_CLOSED Channel closed',
              'ERR_IPC_DISCONNECTED IPC channel is already disconnected',
            ]
          : [];
      assert.deepEqual(seen, new Set(['is asked', ...expected]));
    });
  }
}

it(
  'an app that changes its user goes on, and what that costs is said once',
  {
    skip: process.getuid!() !== 0 && 'only root can',
  },
  async (t) => {
    const rough = await start(t, process.execPath, 'changes its user');
    await move(rough);
    const { workers } = await rough.running.status();
    for (const { socketPath, pid } of workers) {
      // oxlint-disable-next-line no-await-in-loop
      assert.deepEqual(await ask(socketPath, '/'), { pid });
      assert.equal(statSync(`/proc/${pid}`).uid, 65_534);
    }
    const { output } = await runCommand(rough.running, ['logs']);
    assert.equal(output.split('has changed its user from 0 to 65534').length, 3, output);
  },
);
