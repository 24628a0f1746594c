import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Observations } from './observations.ts';
import type { Load, Worker } from '../workers/worker.ts';

/** A fleet with one worker, and the clock that its observations go by. */
function observed(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const fleet: Worker[] = [];
  const observations = new Observations(() => fleet);
  t.after(() => observations.close());
  return {
    observations,
    /** Another release serves, in a phase of its own. */
    serve: (release: number, phase: number): void => {
      const load = { requests: 0, failures: 0 };
      fleet.splice(0, 1, { release, phase, open: true, heard: true, silentMs: 0, load } as unknown as Worker);
    },
    /** The worker that serves answers, each second for so many seconds. */
    answer: (seconds: number, requests: number, failures: number): void => {
      const [worker] = fleet;
      for (let second = 0; second < seconds; second += 1) {
        const { load } = worker!;
        const next = { requests: load.requests + requests, failures: load.failures + failures } as Load;
        observations.reported(worker!, next);
        worker!.load = next;
        t.mock.timers.tick(1000);
      }
    },
  };
}

test('what a release did lately is what it did in its last minute', (t) => {
  const { observations, serve, answer } = observed(t);
  serve(1, 1);
  answer(10, 100, 50);
  answer(70, 10, 1);
  const { requests, failures } = observations.lately(1);
  assert.ok(Math.abs(requests - 600) <= 10 && Math.abs(failures - 60) <= 1, `${requests}, ${failures}`);
  assert.deepEqual(observations.of(1), { requests: 1700, failures: 570, crashes: 0, hangs: 0 });
});

test('the errors of a release that was left do not count for the one that took over again', (t) => {
  const { observations, serve, answer } = observed(t);
  serve(1, 1);
  answer(120, 10, 1);
  serve(2, 2);
  answer(50, 10, 9);
  serve(1, 3);
  answer(2, 10, 1);
  const { requests, failures } = observations.lately(1);
  // Of the bad release's 50 s nothing, of the good one's minute before them nearly all.
  assert.ok(requests >= 590 && failures * 10 === requests, `${failures} of ${requests}`);
  assert.equal(observations.of(2).failures, 450);
});

test('a crash and an event loop that stands still count once', (t) => {
  const { observations, serve } = observed(t);
  serve(1, 1);
  const worker = { release: 1, phase: 1, open: true, silentMs: 11_000 } as unknown as Worker;
  const hanging = new Observations(() => [worker]);
  t.after(() => hanging.close());
  t.mock.timers.tick(5000);
  assert.deepEqual(hanging.of(1), { requests: 0, failures: 0, crashes: 0, hangs: 1 });
  observations.crashed(worker);
  assert.equal(observations.lately(1).crashes, 1);
});
