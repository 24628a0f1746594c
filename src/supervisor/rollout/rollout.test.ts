import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rollout, type RolloutPhase } from './rollout.ts';
import type { Generation } from '../workers/worker-plan.ts';
import type { DeployRequest } from '../../running/operations.ts';
import { noStats, type ReleaseStats } from './release-stats.ts';
import { DepartureLog } from '../traffic/departures.ts';
import type { Worker } from '../workers/worker.ts';

const request: DeployRequest = { release: 2, strategy: 'blue-green', surge: 2, watch: 60_000 };
const generation = (phase: number): Generation =>
  ({ phase, release: { number: phase } }) as unknown as Generation;

const worker = (phase: number, state: Worker['state']): Worker =>
  ({ phase, state, present: 4, load: { rssBytes: 0 } }) as unknown as Worker;

/** A fleet of two old workers, and what the rollout did to it. */
function stage() {
  const done: string[] = [];
  let after: ReleaseStats = noStats;
  let diskFull = false;
  const workers = [worker(1, 'ready'), worker(1, 'ready')];
  const fake: RolloutPhase = {
    workers: () => workers,
    wanted: 2,
    switchTo: () => {
      done.push('switch');
      for (const each of workers) if (each.phase === 1) each.state = 'draining';
    },
    giveUp: () => void done.push('give up'),
    goBack: (_rollout, reason) => {
      if (diskFull) {
        diskFull = false;
        throw new Error('ENOSPC');
      }
      done.push(`back: ${reason}`);
    },
    retire: () => void done.push('retire'),
    lately: () => noStats,
    conductOf: () => after,
    departures: new DepartureLog(() => {}),
    busiestSecond: () => ({ goodbyes: 0, limit: 0 }),
    happened: (rollout) => void done.push(rollout.step),
  };
  return {
    done,
    workers,
    add: (state: Worker['state']) => workers.push(worker(2, state)),
    behave: (stats: ReleaseStats) => (after = stats),
    failGoingBack: () => (diskFull = true),
    rollout: new Rollout(generation(1), generation(2), request, fake),
  };
}

test('all new workers are ready, then the switch, then the old ones empty, then it is watched', async () => {
  const { rollout, done, workers, add } = stage();
  rollout.look();
  assert.deepEqual(done, []);
  add('ready');
  rollout.look();
  assert.deepEqual(done, ['others']);
  add('ready');
  rollout.look();
  assert.deepEqual(done, ['others', 'switch', 'switched', 'draining']);
  for (const each of workers) if (each.phase === 1) each.state = 'standby';
  rollout.look();
  const { sessionsMoved, requestsFailed, from, to } = await rollout.report;
  assert.deepEqual(
    { sessionsMoved, requestsFailed, from, to },
    { sessionsMoved: 8, requestsFailed: 0, from: 1, to: 2 },
  );
  assert.equal(rollout.step, 'watching');
});

test('a failure before the switch ends when the last new worker has gone', async () => {
  const { rollout, done, workers, add } = stage();
  add('starting');
  rollout.fail('it crashed', ['last words']);
  assert.deepEqual(done, ['give up']);
  workers.pop();
  rollout.look();
  assert.equal(rollout.step, 'failed');
  await assert.rejects(rollout.report, { code: 'DEPLOY_FAILED', message: /it crashed.*\n {2}last words/s });
});

test('what does clearly worse is left, even while the old workers still empty', () => {
  const { rollout, done, add, behave } = stage();
  add('ready');
  add('ready');
  rollout.look();
  behave({ ...noStats, requests: 100, failures: 50 });
  rollout.look();
  assert.match(done.join('; '), /back: 50 % of its answers were errors/);
  assert.equal(rollout.over, true);
});

test('going back is tried again when it could not be remembered', () => {
  const { rollout, done, add, behave, failGoingBack } = stage();
  add('ready');
  add('ready');
  rollout.look();
  behave({ ...noStats, requests: 100, failures: 50 });
  failGoingBack();
  rollout.look();
  assert.equal(rollout.over, false);
  rollout.look();
  assert.equal(rollout.over, true);
  assert.equal(done.filter((each) => each.startsWith('back: ')).length, 1);
});
