import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FleetEvent } from '../../src/running/events.ts';
import { startCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

const program = join(import.meta.dirname, 'apps', 'holds.cjs');
/** Milliseconds, as the options below say. */
const [drainTimeout, watchTime] = [2_000, 2_000];

/** A worker whose app has an answer in its hands that does not end by itself. */
async function hold(app: RunningApp, elsewhere: number): Promise<{ slot: number; closed: Promise<void> }> {
  for (;;) {
    // oxlint-disable no-await-in-loop -- one after the other, until it is in another worker
    const request = http.get(`${app.url}/hold`, { agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const [pid] = (await once(response, 'data')) as [Buffer];
    const { slot } = (await app.status()).workers.find((worker) => String(worker.pid) === String(pid))!;
    response.on('error', () => {}).resume();
    if (slot !== elsewhere) return { slot, closed: new Promise((resolve) => response.on('close', resolve)) };
    request.destroy();
    // oxlint-enable no-await-in-loop
  }
}

const sessionsIn = async (app: RunningApp, slot: number): Promise<number> =>
  (await app.status()).workers.find((worker) => worker.slot === slot)!.longPolls;

/** Sets the clock forward, or back. Returns by how much, in milliseconds. */
type Jump = () => number;

/**
 * The milliseconds between two events by the supervisor's own clock, which was set between them: a test that gets no
 * processor hears of both late, or of both at once. Where it was late itself, the clock was set after both.
 */
const between = (from: FleetEvent, to: FleetEvent, set: number): number =>
  Math.min(...[0, set].map((ms) => Math.abs(to.time - from.time - ms)));

/** Ends a worker soon after its start until the slot has to wait for its next one, while the clock is set. */
async function ended(app: RunningApp, slot: number, jump: Jump): Promise<{ waits: number; waited: number }> {
  for (;;) {
    // oxlint-disable no-await-in-loop -- one end after the other
    const pid = await eventually('it is ready', async () => {
      const worker = (await app.status()).workers.find((each) => each.slot === slot);
      return worker?.state === 'ready' ? worker.pid : undefined;
    });
    const retry = await app.event((event) => event.type === 'retry' && event.slot === slot);
    const starting = await app.event((event) => event.type === 'starting' && event.slot === slot);
    process.kill(pid, 'SIGUSR2');
    const seen = await retry.seen;
    const waits = seen.type === 'retry' ? seen.inMs : 0;
    const set = waits >= 500 ? jump() : 0;
    const started = await starting.seen;
    if (waits >= 500) return { waits, waited: between(seen, started, set) };
    // oxlint-enable no-await-in-loop
  }
}

/** A release that is watched while the clock is set. Resolves with the milliseconds from the switch to the end of that. */
async function watched(app: RunningApp, jump: Jump): Promise<number> {
  const step = (wanted: string) => app.event((event) => event.type === 'rollout' && event.step === wanted);
  const [switched, done] = await Promise.all([step('switched'), step('done')]);
  const deploy = startCommand(app, ['deploy', program, '--watch', `${watchTime}ms`]);
  const from = await switched.seen;
  const set = jump();
  const to = await done.seen;
  assert.equal(await deploy.ended, 0, deploy.output());
  return between(from, to, set);
}

/** A worker that drains, though what it is asked for does not end, while the clock is set. Gives its milliseconds. */
async function drained(app: RunningApp, home: number, jump: Jump): Promise<number> {
  const held = await hold(app, home);
  const draining = await app.event(({ type }) => type === 'draining');
  const exit = await app.event((event) => event.type === 'exit' && event.slot === held.slot);
  const replaced = app.control.replace({ worker: held.slot });
  const from = await draining.seen;
  const set = jump();
  await held.closed;
  await replaced;
  return between(from, await exit.seen, set);
}

// What comes too late never comes here; what comes too early comes at once. So half of a time tells all, on any machine.
test('nothing ends early or late when the clock is set', async (t) => {
  const clock = fakeClock(await testFolder(t));
  const args = ['--drain-timeout', `${drainTimeout}ms`];
  const app = await startRadiant({ app: program, workers: 3, args, env: clock.env });
  t.after(() => app.stop());
  await (await fetch(`${app.url}/sockjs/000/session/xhr`, { method: 'POST' })).text();
  const { slot: home } = await eventually('a session lives in a worker', async () =>
    (await app.status()).workers.find(({ longPolls }) => longPolls === 1),
  );
  const other = home === 1 ? 2 : 1;
  for (const seconds of [-3_600, 180, 25 * 3_600]) {
    const jump = (): number => {
      clock.advance(seconds);
      return seconds * 1_000;
    };
    // oxlint-disable-next-line no-await-in-loop -- one thing after the other, in an app that goes on
    const { waits, waited } = await ended(app, other, jump);
    assert.ok(waited > waits / 2, `a slot waited for ${waited} of ${waits} ms (${seconds} s)`);
    // oxlint-disable-next-line no-await-in-loop
    const tookMs = await drained(app, home, jump);
    assert.ok(tookMs > drainTimeout / 2, `a drain took ${tookMs} of ${drainTimeout} ms (${seconds} s)`);
  }
  assert.equal(await sessionsIn(app, home), 1, 'the session has been idle for some seconds only');
  const tookMs = await watched(app, () => {
    clock.advance(25 * 3_600);
    return 25 * 3_600_000;
  });
  assert.ok(tookMs > watchTime / 2, `a release was watched for ${tookMs} of ${watchTime} ms`);
});
