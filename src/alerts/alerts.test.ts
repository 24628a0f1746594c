import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FleetEvent } from '../running/events.ts';
import { Judge } from './alert.ts';
import { Alerts, type Message } from './alerts.ts';
import { runShell } from './command.ts';
import { Rate } from './rate.ts';

const hang: FleetEvent = {
  time: 0,
  type: 'hang',
  slot: 2,
  pid: 77,
  silentMs: 30_400,
  foundInMs: 400,
  stack: ['spin (server/a.js:3:1)'],
  where: 'spin (server/a.js:3)',
};

test('what happens every day is no alert', () => {
  const judge = new Judge();
  const events: FleetEvent[] = [
    { time: 0, type: 'exit', slot: 1, pid: 5, reason: 'exited with code 3', expected: false, output: [] },
    { time: 0, type: 'retry', slot: 1, inMs: 0, failing: false },
    { time: 0, type: 'rollout', release: 4, step: 'failed', reason: 'the one who deploys reads it' },
    { time: 0, type: 'notice', slot: 0, text: 'hello' },
  ];
  for (const event of events) assert.equal(judge.hear(event), undefined);
});

test('crash loops, hangs, releases that were left, workers with too much memory, and the limit of scaling are', () => {
  const judge = new Judge();
  judge.hear({
    time: 0,
    type: 'exit',
    slot: 1,
    pid: 5,
    reason: 'exited with code 3',
    expected: false,
    output: [],
  });
  assert.deepEqual(judge.hear({ time: 0, type: 'retry', slot: 1, inMs: 30_000, failing: true }), {
    type: 'crash-loop',
    text: 'worker 1 keeps ending soon after its start: it exited with code 3',
    slot: 1,
  });
  assert.deepEqual(
    judge.hear({ time: 0, type: 'rollout', release: 4, step: 'back', reason: 'it was slow' }),
    {
      type: 'rollback',
      text: 'release 4 was left again: it was slow',
      release: 4,
    },
  );
  assert.deepEqual(judge.hear({ time: 0, type: 'limit', text: 'max is 3' }), {
    type: 'limit',
    text: 'it would need more workers than it may have: max is 3',
  });
  const MiB = 1024 ** 2;
  assert.deepEqual(
    judge.hear({ time: 0, type: 'memory', slot: 2, pid: 77, rssBytes: 812 * MiB, limitBytes: 800 * MiB }),
    {
      type: 'memory',
      text: 'worker 2 uses 812 MB of memory, 800 MB are allowed; it is being replaced',
      slot: 2,
      pid: 77,
    },
  );
  assert.deepEqual(judge.hear(hang), {
    type: 'hang',
    text: 'the event loop of worker 2 hung for 30 s in spin (server/a.js:3); it was killed',
    slot: 2,
    pid: 77,
    stack: hang.stack,
  });
});

test('a certificate that could not be got is, and says how long the one in use lasts', () => {
  const judge = new Judge();
  const names = ['shop.test'];
  const next = '2027-01-01T12:00:00.000Z';
  const failed = {
    time: 0,
    type: 'certificate',
    step: 'failed',
    names,
    reason: 'no such name',
    next,
  } as const;
  assert.match(judge.hear(failed)!.text, /shop\.test: no such name; HTTPS is refused/);
  const old = judge.hear({ ...failed, expires: '2027-02-01T12:00:00.000Z' });
  assert.equal(old?.type, 'certificate');
  assert.match(old.text, /the one in use expires 2027-02-01/);
  assert.equal(judge.hear({ time: 0, type: 'certificate', step: 'missing', names }), undefined);
  const soon = { step: 'expiring', names, expires: '2027-02-01T12:00:00.000Z' } as const;
  assert.match(judge.hear({ time: 0, type: 'certificate', ...soon })!.text, /shop\.test expires 2027-02-01/);
});

test('one of a kind passes in a span of time, and the next one counts those held back', () => {
  const rate = new Rate(1_000);
  assert.equal(rate.pass('hang', 0), 0);
  assert.equal(rate.pass('rollback', 10), 0);
  assert.equal(rate.pass('hang', 500), undefined);
  assert.equal(rate.pass('hang', 999), undefined);
  assert.equal(rate.pass('hang', 1_000), 2);
  assert.equal(rate.pass('hang', 2_500), 0);
});

test('a command reads the message, and knows the kind', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rad-alerts-'));
  t.after(() => rm(folder, { recursive: true }));
  const failed = Promise.withResolvers<string>();
  const command =
    'cat > message.json; echo "$RADIANT_ALERT $RADIANT_NAME $RADIANT_SLOT: no pager" >&2; exit 3';
  const alerts = new Alerts('shop', { command, folder, every: 60_000 }, failed.resolve);
  alerts.hear(hang);
  assert.equal(
    await failed.promise,
    'the command of `alerts` failed: it ended with code 3: hang shop 2: no pager',
  );
  const { text, alert } = JSON.parse(await readFile(join(folder, 'message.json'), 'utf8')) as Message;
  assert.equal(text, `shop on ${hostname()}: ${alert.text}`);
  const { type, pid, stack, heldBack, time } = alert;
  assert.deepEqual([type, pid, stack, heldBack], ['hang', 77, hang.stack, 0]);
  assert.equal(time, '1970-01-01T00:00:00.000Z');
});

test('what an app says is no part of the command', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rad-alerts-'));
  t.after(() => rm(folder, { recursive: true }));
  const said = `$(touch ran) \`touch ran\`; touch ran\ntouch ran\n'; touch ran; '"; touch ran; "`;
  const ended = Promise.withResolvers<string>();
  const command = 'printf %s "$RADIANT_ALERT_TEXT" > text; cat > message.json; exit 3';
  new Alerts('shop', { command, folder, every: 60_000 }, ended.resolve).hear({
    ...hang,
    stack: [said],
    where: said,
  });
  assert.match(await ended.promise, /it ended with code 3$/);
  const { text } = JSON.parse(await readFile(join(folder, 'message.json'), 'utf8')) as Message;
  assert.ok(text.includes(said));
  assert.equal(await readFile(join(folder, 'text'), 'utf8'), text);
  assert.deepEqual((await readdir(folder)).toSorted(), ['message.json', 'text']);
});

test('a command that is not there, or has no folder, says so', async () => {
  const input = { folder: tmpdir(), env: {}, stdin: '' };
  await assert.rejects(
    runShell('radiant-no-such-command', input),
    /^Error: it ended with code 127: .+not found/,
  );
  await assert.rejects(runShell('true', { ...input, folder: '/no/such/folder' }), /ENOENT/);
});
