import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { openRawWebSocket, type Outcome, type RawOptions } from '../support/raw-websocket.ts';
import { full } from '../support/full-size.ts';

const app = fileURLToPath(new URL('apps/journal.cjs', import.meta.url));
const total = full ? 2000 : 400;
const atOnce = 100;
/** The app's Node, for a run on another one than this. */
const node = process.env.RADIANT_TEST_NODE ?? process.execPath;
const journal = join(tmpdir(), `radiant-moves-${process.pid}.journal`);

const start = async (t: TestContext): Promise<RunningApp> => {
  const running = await startRadiant({ app, workers: 4, args: ['--node', node], env: { JOURNAL: journal } });
  t.after(async () => {
    await running.stop();
    rmSync(journal, { force: true });
  });
  return running;
};

const pidOf = async (running: RunningApp, slot: number): Promise<number> => {
  const { workers } = await running.status();
  return workers.find((worker) => worker.slot === slot)!.pid!;
};

const descriptors = async (running: RunningApp): Promise<number> => {
  const { supervisor } = await running.status();
  return readdirSync(`/proc/${supervisor.pid}/fd`).length;
};

const settled = (running: RunningApp): Promise<unknown> =>
  eventually('four workers are ready', async () => {
    const { workers } = await running.status();
    return workers.length === 4 && workers.every(({ state }) => state === 'ready');
  });

/** Opens `count` WebSockets, `atOnce` at a time; each is closed as soon as its first frame is back. */
async function openAll(
  count: number,
  options: (index: number) => RawOptions,
  onDone: (done: number) => void = () => {},
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < count) {
      // oxlint-disable-next-line no-await-in-loop -- each client opens one after the other
      const outcome = await openRawWebSocket(options(next++));
      outcome.socket.destroy();
      outcomes.push(outcome);
      onDone(outcomes.length);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return outcomes;
}

/** How often each text was served, told by all workers together. */
function served(prefix: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of readFileSync(journal, 'utf8').split('\n')) {
    const [text = ''] = line.split(' ');
    if (text.startsWith(prefix)) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

function report(t: TestContext, name: string, outcomes: readonly Outcome[]): Outcome[] {
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  const counts = served(`${name}-`);
  const twice = [...counts].filter(([, count]) => count > 1);
  const slowest = Math.round(Math.max(...outcomes.map(({ ms }) => ms)));
  const reasons = [...new Set(failed.map(({ failure }) => failure))].join(', ');
  t.diagnostic(
    `${name}: ${outcomes.length} WebSockets, ${failed.length} not answered ${reasons}, ` +
      `${twice.length} served twice, slowest ${slowest} ms`,
  );
  assert.deepEqual(twice, [], 'served twice');
  for (const { echoes, upgrades } of outcomes) assert.ok(echoes <= 1 && upgrades <= 1);
  return failed;
}

/** By a worker's own socket, with the cookie of another one: every single one moves. */
const viaSocket =
  (running: RunningApp, name: string, target?: number) =>
  (index: number): RawOptions => {
    const to = target ?? (index % 4) + 1;
    const from = ((to + (index % 3)) % 4) + 1;
    return {
      to: { path: join(running.home, 'run/app', `app.${from}.sock`) },
      cookie: `radiant-app=${to}.1`,
      text: `${name}-${index}`,
      joined: index % 2 === 0,
    };
  };

/** By the public port, where three of four come to another worker than the cookie's. */
const viaPort =
  (running: RunningApp, name: string, slot?: number) =>
  (index: number): RawOptions => ({
    to: { port: running.port },
    cookie: `radiant-app=${slot ?? (index % 4) + 1}.1`,
    text: `${name}-${index}`,
    joined: index % 2 === 0,
  });

/** A GET with the cookie of the worker of a slot: the pid of who answers. */
const getAs = (to: { port: number } | { socketPath: string }, slot: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const options = { ...to, path: '/', headers: { Cookie: `radiant-app=${slot}.1` }, agent: false };
    const answered = (response: http.IncomingMessage): void =>
      void json(response).then((body) => resolve((body as { pid: number }).pid), reject);
    http.get(options, answered).on('error', reject);
  });

const block = (running: RunningApp, slot: number, ms: number): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const socketPath = join(running.home, 'run/app', `app.${slot}.sock`);
    http.get({ socketPath, path: `/block?ms=${ms}`, agent: false }, resolve).on('error', reject);
  });

test('WebSockets move with their first frame', async (t) => {
  const running = await start(t);
  const before = await descriptors(running);

  await t.test('none is lost, none is served twice', async (sub) => {
    assert.deepEqual(report(sub, 'socket', await openAll(total, viaSocket(running, 'socket'))), []);
    const byPort = Math.round((total * 4) / 3);
    assert.deepEqual(report(sub, 'port', await openAll(byPort, viaPort(running, 'port'))), []);
  });

  await t.test('while the target is blocked', async (sub) => {
    let blocked: Promise<unknown> | undefined;
    const outcomes = await openAll(total, viaPort(running, 'blocked'), (done) => {
      if (done === Math.round(total / 4)) blocked = block(running, 2, full ? 5000 : 1000);
    });
    await blocked;
    assert.deepEqual(report(sub, 'blocked', outcomes), []);
  });

  await t.test('to a target that hangs and is killed then', async (sub) => {
    const pid = await pidOf(running, 2);
    process.kill(pid, 'SIGSTOP');
    setTimeout(() => process.kill(pid, 'SIGKILL'), 1000);
    const outcomes = await openAll(total, viaSocket(running, 'halted', 2));
    assert.deepEqual(report(sub, 'halted', outcomes), []);
    await settled(running);
  });

  await t.test('while the target is killed', async (sub) => {
    const pid = await pidOf(running, 3);
    const outcomes = await openAll(total, viaSocket(running, 'killed', 3), (done) => {
      if (done === Math.round(total / 4)) process.kill(pid, 'SIGKILL');
    });
    const failed = report(sub, 'killed', outcomes);
    // Whom the killed worker was just serving it takes along; at most one is between its arrival and its answer.
    const unserved = failed.filter(({ upgrades }) => upgrades === 0);
    sub.diagnostic(`${failed.length - unserved.length} died with the worker that served them`);
    assert.ok(unserved.length <= 1, `${unserved.length} were not served`);
    await settled(running);
  });

  await eventually('the descriptors are as before', async () => (await descriptors(running)) === before);
  t.diagnostic(`the supervisor has ${before} descriptors, as before`);
});

test('a worker whose sockets are on their way when the supervisor dies finds the next one', async (t) => {
  const running = await start(t);
  const { supervisor } = await running.status();
  process.kill(supervisor.pid, 'SIGSTOP');
  const pids: number[] = [];
  const asked = Array.from({ length: 20 }, (_, index) =>
    getAs({ port: running.port }, (index % 4) + 1).then((pid) => pids.push(pid)),
  );
  // Who is answered by a worker's own socket was read after what is on its way from it.
  for (const slot of [1, 2, 3, 4]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await getAs({ socketPath: join(running.home, 'run/app', `app.${slot}.sock`) }, slot);
  }
  const sent = asked.length - pids.length;
  process.kill(supervisor.pid, 'SIGKILL');
  await Promise.all(asked);
  t.diagnostic(`${sent} of ${asked.length} connections were on their way`);
  assert.ok(sent > 0);
});
