import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needed, plan, type Desired, type ObservedWorker, type Step } from './plan.ts';
import { afterDeath, newSlot, type Slot } from '../pool/slots.ts';

const worker = (slot: number, state: ObservedWorker['state'] = 'ready', phase = 1): ObservedWorker => ({
  slot,
  phase,
  state,
});
const next = (
  workers: number,
  seen: ObservedWorker[],
  phase = 1,
  slots = new Map<number, Slot>(),
  limit = 8,
): Step<ObservedWorker>[] => plan({ workers, spare: 0, phase, surge: 1 }, seen, slots, limit, 1_000);

test('empty slots are filled, as many at once as allowed', () => {
  assert.deepEqual(next(3, []), [
    { start: 1, phase: 1 },
    { start: 2, phase: 1 },
    { start: 3, phase: 1 },
  ]);
  assert.deepEqual(next(3, [], 1, new Map(), 1), [{ start: 1, phase: 1 }]);
  assert.deepEqual(next(3, [worker(1, 'starting')], 1, new Map(), 1), []);
});

test('a slot waits for its retry', () => {
  const slots = new Map([[2, { ...newSlot(), retryAt: 2_000 }]]);
  assert.deepEqual(next(2, [worker(1)], 1, slots), []);
});

test('what is beyond the wanted number is drained', () => {
  const extra = worker(3);
  assert.deepEqual(next(2, [worker(1), worker(2), extra]), [{ drain: extra }]);
});

test('a restart replaces one slot at a time, the new worker first', () => {
  const old = [worker(1), worker(2)];
  assert.deepEqual(next(2, old, 2), [{ start: 1, phase: 2 }]);
  assert.deepEqual(next(2, [...old, worker(1, 'starting', 2)], 2), []);
  assert.deepEqual(next(2, [...old, worker(1, 'ready', 2)], 2), [{ drain: old[0] }]);
  assert.deepEqual(next(2, [worker(1, 'draining'), worker(2), worker(1, 'ready', 2)], 2), []);
  assert.deepEqual(next(2, [worker(2), worker(1, 'ready', 2)], 2), [{ start: 2, phase: 2 }]);
});

test('an old worker that dies in a restart is replaced at once', () => {
  assert.deepEqual(next(2, [worker(2), worker(2, 'ready', 2)], 2).length, 2);
});

test('a worker that shall go gets its successor first, one worker at a time', () => {
  const [going, other, stays] = [
    { ...worker(1), outgoing: 'replace' },
    { ...worker(2), outgoing: 'replace' },
    worker(3),
  ];
  const all = [going, other, stays];
  assert.deepEqual(next(3, all), [{ start: 1, phase: 1 }]);
  assert.deepEqual(next(3, [...all, worker(1, 'starting')]), []);
  const successor = worker(1);
  assert.deepEqual(next(3, [...all, successor]), [{ drain: going }]);
  const draining = { ...going, state: 'draining' as const };
  assert.deepEqual(next(3, [draining, other, stays, successor]), []);
  assert.deepEqual(next(3, [other, stays, successor]), [{ start: 2, phase: 1 }]);
  assert.deepEqual(next(3, [draining, { ...stays, slot: 2 }, stays]), [{ start: 1, phase: 1 }], 'it died');
});

test('a restart that comes while a worker is being replaced does not wait for both to go', () => {
  const [first, old, successor] = [worker(1, 'ready', 2), worker(2), worker(2, 'ready', 2)];
  const seen = [old, first, successor];
  assert.deepEqual(next(2, seen, 3), [{ drain: old }]);
  const going = { ...worker(2, 'ready', 2), outgoing: 'replace' };
  assert.deepEqual(next(2, [first, going, successor], 3), [{ drain: going }], 'of one phase too');
  const draining = { ...old, state: 'draining' as const };
  assert.deepEqual(next(2, [draining, first, successor], 3), []);
  assert.deepEqual(next(2, [first, successor], 3), [{ start: 1, phase: 3 }]);
});

test('a worker that may stay after all sends its successor away', () => {
  const [old, successor] = [worker(1), worker(1, 'starting')];
  assert.deepEqual(next(1, [successor, old]), [{ drain: successor }]);
});

test("who is kept warm is in nobody's way", () => {
  assert.equal(next(2, [worker(1), worker(2), worker(1, 'standby'), worker(2, 'standby')], 2).length, 1);
});

const deploy = (seen: ObservedWorker[], surge = 3): Step<ObservedWorker>[] =>
  plan({ workers: 3, spare: 0, phase: 1, surge, next: 2 }, seen, new Map(), 8, 1_000);
const roll = (seen: ObservedWorker[]): Step<ObservedWorker>[] =>
  plan({ workers: 3, spare: 0, phase: 2, surge: 1 }, seen, new Map(), 8, 1_000);

test('a new release starts beside the old one, its first worker alone', () => {
  const old = [worker(1), worker(2), worker(3)];
  assert.deepEqual(deploy(old), [{ start: 1, phase: 2 }]);
  assert.deepEqual(deploy([...old, worker(1, 'starting', 2)]), []);
  const first = worker(1, 'ready', 2);
  assert.deepEqual(deploy([...old, first]), [
    { start: 2, phase: 2 },
    { start: 3, phase: 2 },
  ]);
  assert.deepEqual(deploy([...old, first], 1), []);
  assert.deepEqual(deploy([worker(1), worker(2), first])[0], { start: 3, phase: 1 });
});

test('after the switch of a rolling deploy a new worker comes for each old one that has gone', () => {
  const draining = (slot: number): ObservedWorker => worker(slot, 'draining', 1);
  const first = worker(1, 'ready', 2);
  assert.deepEqual(roll([first, draining(1), draining(2), draining(3)]), []);
  assert.deepEqual(roll([first, draining(2), draining(3)]), [{ start: 2, phase: 2 }]);
  // The slot that has nobody comes first, and leaves no room for another.
  assert.deepEqual(roll([first, draining(1), draining(2)]), [{ start: 3, phase: 2 }]);
});

test('a slot retries at once, then later and later, and is failing after repeated early deaths', () => {
  let slot = newSlot();
  const delays: number[] = [];
  for (let death = 0; death < 4; death += 1) {
    slot = afterDeath(slot, 100, true, 0);
    delays.push(slot.retryAt);
  }
  assert.deepEqual(delays, [0, 1_000, 2_000, 4_000]);
  assert.equal(slot.failing, false);
  assert.equal(afterDeath(slot, 100, true, 0).failing, true);
  assert.equal(afterDeath(slot, 60_000, true, 0).quickDeaths, 1);
});

test('an app that has never come up is failing earlier', () => {
  let slot = newSlot();
  for (let death = 0; death < 3; death += 1) slot = afterDeath(slot, 100, false, 0);
  assert.equal(slot.failing, true);
});

/** Lets each step succeed, one after the other, until nothing is left to do. Returns what is there then. */
function settle(desired: Desired, seen: readonly ObservedWorker[]): ObservedWorker[] {
  let workers = seen.map((each) => ({ ...each }));
  for (let round = 0; round < 100; round += 1) {
    const [step] = plan(desired, workers, new Map(), 8, 1_000);
    if (step === undefined) return workers;
    if ('start' in step) {
      const fresh = worker(step.start, 'starting', step.phase);
      const serves = step.phase === desired.next || needed(desired, workers, fresh);
      workers.push({ ...fresh, state: serves ? 'ready' : 'spare' });
    } else if ('admit' in step) step.admit.state = 'ready';
    else workers = workers.filter((each) => each !== step.drain);
    const serving = workers.filter(({ state }) => state === 'ready').length;
    if (seen.filter(({ state }) => state === 'ready').length >= desired.workers)
      assert.ok(serving >= desired.workers, 'never fewer than wanted while nobody dies');
  }
  return assert.fail('it goes on for ever');
}

const states = (workers: readonly ObservedWorker[]): string[] =>
  workers.toSorted((a, b) => a.slot - b.slot).map(({ slot, state, phase }) => `${slot} ${state} ${phase}`);

test('a spare is started and gets no clients until one that has them ends', () => {
  const desired = { workers: 2, spare: 1, phase: 1, surge: 1 };
  const all = settle(desired, []);
  assert.deepEqual(states(all), ['1 ready 1', '2 ready 1', '3 spare 1']);
  const left = all.filter(({ slot }) => slot !== 1);
  const [first, second] = plan(desired, left, new Map(), 8, 1_000);
  assert.deepEqual(first, { admit: left.find(({ slot }) => slot === 3) });
  assert.deepEqual(second, { start: 1, phase: 1 });
  assert.deepEqual(states(settle(desired, left)), ['1 spare 1', '2 ready 1', '3 ready 1']);
  const noSpare = all.filter(({ slot }) => slot !== 3);
  assert.deepEqual(states(settle(desired, noSpare)), ['1 ready 1', '2 ready 1', '3 spare 1']);
});

test('more workers are wanted: the spare serves at once', () => {
  const seen = [worker(1), worker(2, 'spare'), worker(3)];
  const more = { workers: 3, spare: 1, phase: 1, surge: 1 };
  assert.deepEqual(plan(more, seen, new Map(), 8, 1_000)[0], { admit: seen[1] });
  assert.deepEqual(states(settle(more, seen)), ['1 ready 1', '2 ready 1', '3 ready 1', '4 spare 1']);
});

test('fewer are wanted: as many serve as shall, whoever was the spare', () => {
  for (const spare of [1, 2, 3, 4]) {
    const seen = [1, 2, 3, 4].map((slot) => worker(slot, slot === spare ? 'spare' : 'ready'));
    const after = settle({ workers: 2, spare: 1, phase: 1, surge: 1 }, seen);
    assert.deepEqual(
      after.map(({ slot }) => slot).toSorted((a, b) => a - b),
      [1, 2, 3],
    );
    assert.equal(after.filter(({ state }) => state === 'ready').length, 2);
  }
});

test('a restart replaces spares too, and a new release gets its own', () => {
  for (const spare of [1, 2, 3]) {
    const seen = [1, 2, 3].map((slot) => worker(slot, slot === spare ? 'spare' : 'ready'));
    const after = settle({ workers: 2, spare: 1, phase: 2, surge: 1 }, seen);
    assert.deepEqual(new Set(after.map(({ phase }) => phase)), new Set([2]));
    assert.equal(after.length, 3);
    assert.equal(after.filter(({ state }) => state === 'ready').length, 2);
    // Two of the new release were let in, and the old ones drain.
    const switched = [...seen.map((old) => ({ ...old, state: 'draining' as const })), worker(1, 'ready', 2)];
    const rolled = settle({ workers: 2, spare: 1, phase: 2, surge: 3 }, [...switched, worker(2, 'ready', 2)]);
    const fresh = rolled.filter(({ phase }) => phase === 2);
    assert.deepEqual(states(fresh), ['1 ready 2', '2 ready 2', '3 spare 2']);
  }
});
