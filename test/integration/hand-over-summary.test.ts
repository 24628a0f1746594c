import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { runCommand } from '../support/command.ts';
import { connect, type DdpClient } from '../support/ddp-client.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { startRadiant, type RunOptions, type RunningApp } from '../support/radiant.ts';

const { path } = await meteorBundle();

/** One worker, so that each session leaves once. */
async function started(t: TestContext, said: Partial<RunOptions>): Promise<RunningApp> {
  const app = await startRadiant({ app: path, workers: 1, ...said });
  t.after(() => app.stop());
  return app;
}

async function printed(app: RunningApp, ...args: string[]): Promise<string> {
  const { code, output } = await runCommand(app, args);
  assert.equal(code, 0, output);
  return output.trim();
}

const pidOf = async (client: DdpClient): Promise<number> =>
  (await client.call<{ pid: number }>('whoami')).pid;

test('who asks for a restart, a replacement or a deploy learns whose sessions went on, and why others did not', async (t) => {
  const app = await started(t, {});
  const [moves, joined, marked] = await Promise.all([connect(app.url), connect(app.url), connect(app.url)]);
  await joined.call('joinRoom', 'a');
  await marked.call('setOnConnection', 'name', 1);
  const before = await pidOf(moves);
  const reasons = [
    'a method waits for the end of its connection',
    'a method keeps something on its connection',
  ];
  const event = await app.event(({ type }) => type === 'drained');

  const restarted = await printed(app, 'restart');
  assert.match(restarted, /; handed over 1, reconnected 2: /);
  for (const reason of reasons) assert.ok(restarted.includes(`${reason} (1)`), restarted);
  await Promise.all([joined.closed, marked.closed]);
  assert.notEqual(await pidOf(moves), before, 'the third one lives in another process');
  const { time: _, ...told } = await event.seen;
  assert.deepEqual(told, {
    type: 'drained',
    slot: 1,
    pid: before,
    handedOver: 1,
    reconnected: Object.fromEntries(reasons.map((reason) => [reason, 1])),
  });
  await app.printed(/worker 1 is empty: handed over 1, reconnected 2/);

  assert.match(await printed(app, 'replace', '1'), /; handed over 1, reconnected 0$/);
  const deployed = JSON.parse((await printed(app, 'deploy', path, '--json')).split('\n').at(-1)!) as object;
  assert.deepEqual((deployed as { departures: unknown }).departures, { handedOver: 1, reconnected: {} });
  assert.match(await printed(app, 'rollback'), /, 0 requests failed; handed over 1, reconnected 0$/m);
  assert.match(
    await printed(app, 'status'),
    /^clients of workers that ended: handed over 4, reconnected 2: /m,
  );
  await moves.close();
});

for (const said of [{ args: ['--hand-over', 'false'] }, { env: { RADIANT_HAND_OVER: 'false' } }]) {
  test(`all reconnect with ${JSON.stringify(said)}`, async (t) => {
    const app = await started(t, said);
    const client = await connect(app.url);
    assert.match(await printed(app, 'restart'), /; handed over 0, reconnected 1: handing over is off$/);
    await client.closed;
  });
}
