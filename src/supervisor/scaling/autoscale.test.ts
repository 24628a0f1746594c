import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scaling } from '../../config/types.ts';
import { decide, remember, type Decision } from './autoscale.ts';
import type { Sample } from '../../running/status.ts';

const rules: Scaling = {
  min: 2,
  max: 12,
  target: { eventLoop: 0.6, sessions: 500, memory: 0.8 },
  cooldown: { up: 10_000, down: 120_000 },
};

/** What the app has to do at a second: so many event loops' work, so many sessions. */
type Curve = (second: number) => { work: number; sessions?: number };

interface Run {
  /** The number of workers at each second. */
  workers: number[];
  changes: { second: number; from: number; to: number; reason: string }[];
  limits: string[];
  /** Seconds in which all event loops were full. */
  overloaded: number;
}

interface World {
  curve: Curve;
  seconds: number;
  /** Seconds between two looks. */
  step?: number;
  rules?: Scaling;
  /** How many workers the memory holds. */
  fits?: number;
}

const startSeconds = 3;

/** The fleet as a model: a new worker is ready after some seconds, and work is spread evenly. */
function replay({ curve, seconds, step = 1, rules: given = rules, fits = Infinity }: World): Run {
  const run: Run = { workers: [], changes: [], limits: [], overloaded: 0 };
  let [workers, readyAt] = [given.min, 0];
  let samples: Sample[] = [];
  for (let second = 0; second < seconds; second += step) {
    const { work, sessions = 0 } = curve(second);
    for (let i = 0; i < step; i += 1) run.workers.push(workers);
    const ready = second >= readyAt;
    if (work >= workers) run.overloaded += 1;
    if (!ready) continue;
    const eventLoop = Math.min(work, workers);
    const sample = { at: second * 1000, workers, eventLoop, sessions, room: fits - workers };
    samples = remember(given, samples, sample);
    const decision: Decision | undefined = decide(given, samples);
    if (decision?.limit !== undefined) run.limits.push(decision.limit);
    if (decision?.workers === undefined) continue;
    run.changes.push({ second, from: workers, to: decision.workers, reason: decision.reason });
    readyAt = second + (decision.workers > workers ? startSeconds : 0);
    workers = decision.workers;
  }
  return run;
}

/** Repeatable noise of -1 to 1. */
function noise(second: number): number {
  const value = Math.sin(second * 12.9898) * 43758.5453;
  return 2 * (value - Math.floor(value)) - 1;
}

const last = (run: Run): number => run.workers.at(-1)!;

test('a step up is followed at once, a step down after the cool-down, and then nothing changes', () => {
  const run = replay({ curve: (second) => ({ work: second < 300 ? 4 : 0.5 }), seconds: 1_200 });
  assert.equal(run.workers[60], 7, '4 / 0.6');
  assert.equal(run.workers[299], 7);
  assert.equal(last(run), 2);
  assert.ok(run.overloaded < 30, `${run.overloaded} s`);
  const sizes = [2, 4, 7, 4, 2];
  assert.deepEqual([2, ...run.changes.map(({ to }) => to)], sizes, JSON.stringify(run.changes));
  assert.ok(run.changes[2]!.second >= 418);
});

test('full event loops do not tell how much more there is to do: the number grows until it is enough', () => {
  const run = replay({ curve: () => ({ work: 6 }), seconds: 300 });
  assert.equal(last(run), 10);
  assert.ok(run.overloaded < 60, `${run.overloaded} s`);
});

test('noise around a load changes nothing', () => {
  for (const work of [1.1, 1.9, 2.4, 3, 4.2]) {
    const run = replay({ curve: (second) => ({ work: work * (1 + 0.3 * noise(second)) }), seconds: 3_600 });
    assert.ok(run.changes.length <= 4, `${work}: ${JSON.stringify(run.changes)}`);
    assert.ok(
      run.changes.every(({ second }) => second < 120),
      `${work}: ${JSON.stringify(run.changes)}`,
    );
    assert.ok(last(run) * 0.6 * 1.15 >= work, `${work}: ${last(run)} workers`);
  }
});

test('a spike of seconds starts nobody, one of a minute nobody more than it needs', () => {
  const short = replay({ curve: (second) => ({ work: second % 60 < 3 ? 2 : 0.5 }), seconds: 1_800 });
  assert.deepEqual(short.changes, []);
  const long = replay({
    curve: (second) => ({ work: second >= 60 && second < 120 ? 3 : 0.5 }),
    seconds: 900,
  });
  assert.equal(Math.max(...long.workers), 5);
  assert.equal(last(long), 2);
  assert.ok(long.changes.length <= 5, JSON.stringify(long.changes));
});

test('a sawtooth that is faster than the cool-down keeps the size of its teeth', () => {
  const run = replay({ curve: (second) => ({ work: 1 + 3 * ((second % 90) / 90) }), seconds: 3_600 });
  assert.ok(run.changes.length <= 5, JSON.stringify(run.changes));
  assert.ok(last(run) >= 5 && last(run) <= 7, String(last(run)));
});

test('night and day: up in the morning, down in the evening, a few steps a day', () => {
  const day = 86_400;
  const run = replay({
    curve: (second) => ({
      work: (2.6 - 2.2 * Math.cos((2 * Math.PI * second) / day)) * (1 + 0.2 * noise(second)),
    }),
    seconds: 2 * day,
    step: 5,
  });
  assert.ok(run.changes.length <= 32, `${run.changes.length} changes in two days`);
  assert.ok([8, 9].includes(run.workers[day / 2]!), `${run.workers[day / 2]} at noon`);
  assert.equal(last(run), 2);
  assert.equal(run.overloaded, 0);
  const turns = run.changes.filter(
    ({ from, to }, index) => index > 0 && Math.sign(to - from) !== signOf(run, index - 1),
  );
  assert.ok(turns.length <= 4, `${turns.length} turns in two days`);
});

const signOf = ({ changes }: Run, index: number): number =>
  Math.sign(changes[index]!.to - changes[index]!.from);

test('sessions count as much as the event loop', () => {
  const run = replay({ curve: () => ({ work: 0.1, sessions: 2_400 }), seconds: 120 });
  assert.equal(last(run), 5);
  assert.match(run.changes[0]!.reason, /1200 sessions of each worker, 500 are aimed at/);
});

test('never more than max, never fewer than min; what is missing is said', () => {
  const run = replay({ curve: (second) => ({ work: second < 600 ? 20 : 0 }), seconds: 2_400 });
  assert.equal(Math.max(...run.workers), 12);
  assert.equal(Math.min(...run.workers), 2);
  assert.equal(last(run), 2);
  assert.match(run.limits[0]!, /20 workers are needed .*max is 12/);
});

test('never more than the memory holds', () => {
  const run = replay({ curve: () => ({ work: 6 }), seconds: 600, fits: 5 });
  assert.equal(last(run), 5);
  assert.match(run.limits.at(-1)!, /there is memory for 5/);
  const none = replay({ curve: () => ({ work: 6 }), seconds: 600, fits: 1 });
  assert.equal(last(none), 2, 'a lack of memory ends nobody');
});

test('too short a look decides nothing', () => {
  assert.equal(decide(rules, []), undefined);
  const sample = { at: 0, workers: 2, eventLoop: 2, sessions: 0, room: 8 };
  assert.equal(decide(rules, [sample]), undefined);
});
