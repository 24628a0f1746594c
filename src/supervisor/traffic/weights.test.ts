import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Weights, weightOf, type Weighed } from './weights.ts';

const worker = (
  slot: number,
  busy: number,
  living = true,
): { -readonly [K in keyof Weighed]: Weighed[K] } => ({
  slot,
  busy,
  living,
});

const all = (weights: Weights, slots: number): (number | undefined)[] =>
  Array.from({ length: slots }, (_, i) => weights.of(i + 1));

test('an idle worker weighs 100 %, a busy one less, and none 0', () => {
  const busy = [0, 0.25, 0.5, 0.75, 1];
  assert.deepEqual(
    busy.map((share) => weightOf(share)),
    [100, 78, 55, 33, 10],
  );
  assert.deepEqual([weightOf(-1), weightOf(7)], [100, 10], 'whatever a worker says of itself');
  assert.deepEqual([weightOf(0, 4), weightOf(1, 4), weightOf(1, 1000)], [25, 3, 1]);
});

test('the names of empty slots share the weight of the worker that they lead to', () => {
  const [one, two, three] = [worker(1, 0), worker(2, 1), worker(3, 0)];
  const workers = [one, two, three];
  const weights = new Weights(() => workers, 4);
  assert.deepEqual(all(weights, 4), [50, 10, 100, 50]);
  three.living = false; // it drains: its name leads to the first one too
  assert.deepEqual(all(weights, 4), [50, 5, 50, 5]);
  one.living = false;
  assert.deepEqual(all(weights, 4), [3, 3, 3, 3]);
  workers.push(worker(1, 0)); // the one that takes the place of the first
  assert.deepEqual(all(weights, 4), [50, 5, 5, 50]);
  assert.deepEqual([weights.of(0), weights.of(5), weights.of(Number.NaN)], [undefined, undefined, undefined]);
  workers.length = 0;
  assert.deepEqual(all(weights, 2), [undefined, undefined]);
});

test('one busy second changes a weight by less than a long busy time', () => {
  const one = worker(1, 0);
  const weights = new Weights(() => [one], 1);
  weights.look();
  one.busy = 1;
  weights.look();
  assert.equal(weights.of(1), 73);
  for (let i = 0; i < 20; i += 1) weights.look();
  assert.equal(weights.of(1), 10);
});

/** Two workers behind a proxy that sends each request by the weights; all of them together keep `load` loops busy. */
function settle(load: number, first: number): number {
  const workers = [worker(1, first), worker(2, load - first)];
  const weights = new Weights(() => workers, 2);
  for (let second = 0; second < 60; second += 1) {
    weights.look();
    const [one, two] = [weights.of(1)!, weights.of(2)!];
    workers[0]!.busy = Math.min(1, (load * one) / (one + two));
    workers[1]!.busy = Math.min(1, (load * two) / (one + two));
  }
  return Math.abs(workers[0]!.busy - workers[1]!.busy);
}

test('what is sent by the weights settles, and does not swing between the workers', () => {
  for (const load of [0.4, 1, 1.5, 1.8]) assert.ok(settle(load, 0.9 * Math.min(1, load)) < 0.1, String(load));
});
