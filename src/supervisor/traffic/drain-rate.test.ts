import assert from 'node:assert/strict';
import test from 'node:test';
import type { SupervisorMessage } from '../../protocol/messages.ts';
import { DrainRate, hurried, nextRate, shares, unhurried } from './drain-rate.ts';
import type { Worker } from '../workers/worker.ts';

test('the rate grows while the receivers are calm, and halves when one is not', () => {
  assert.equal(nextRate(100, 0.3), 125);
  assert.equal(nextRate(100, 0.7), 100);
  assert.equal(nextRate(100, 0.9), 50);
  assert.equal(nextRate(1, 0.99), 1);
});

test('the rate is shared by what remains; a deadline asks for more', () => {
  const calm = [
    { remaining: 300, msLeft: 60_000 },
    { remaining: 100, msLeft: 60_000 },
  ];
  assert.deepEqual(shares(100, calm).map(Math.round), [75, 25]);
  assert.deepEqual(shares(10, [{ remaining: 1000, msLeft: 10_000 }]), [100]);
  assert.deepEqual(shares(0, [{ remaining: 0, msLeft: 10 }]), [0]);
});

interface Fake {
  worker: Worker;
  sent: SupervisorMessage[];
  /** As its agent: what was granted is gone by the next report. */
  report: () => void;
}

function fake(state: Worker['state'], goodbyes = 0, utilization = 0): Fake {
  const sent: SupervisorMessage[] = [];
  const send = (message: SupervisorMessage): number => sent.push(message);
  const load = (left: number) => ({ goodbyes: left, eventLoopUtilization: utilization });
  const worker = { state, open: state === 'ready', load: load(goodbyes), send } as unknown as Worker;
  const given = (): number =>
    sent.reduce((sum, message) => sum + (message.type === 'goodbye' ? message.count : 0), 0);
  return { worker, sent, report: () => (worker.load = load(goodbyes - given()) as Worker['load']) };
}

/** Lets a second pass, ten ticks, from a whole millisecond on: fractions would make it a little shorter. Returns how many goodbyes were given in it. */
function second(drainRate: DrainRate, from: number, { sent, report }: Fake): number {
  const before = sent.length;
  for (let tick = 1; tick <= 10; tick += 1) drainRate.tick(from + tick * 100);
  report();
  return sent.slice(before).reduce((sum, each) => sum + (each.type === 'goodbye' ? each.count : 0), 0);
}

test('two calm receivers get 100 clients in the first second, and more each second', () => {
  const old = fake('draining', 1000);
  const workers = [old.worker, fake('ready').worker, fake('ready').worker];
  const drainRate = new DrainRate(
    () => workers,
    () => {},
  );
  const now = Math.ceil(performance.now());
  drainRate.begin(old.worker, unhurried(60_000));
  const given = [0, 1, 2, 3].map((s) => second(drainRate, now + s * 1000, old));
  assert.ok(given[0]! >= 95 && given[0]! <= 105, given.join(' '));
  assert.ok(given[3]! > given[1]!, given.join(' '));
  assert.ok(drainRate.busiest.given <= drainRate.busiest.limit + 1, JSON.stringify(drainRate.busiest));
  old.worker.state = 'stopping';
  drainRate.tick(now);
});

test('a busy receiver slows it down, yet all are gone before the deadline', () => {
  const old = fake('draining', 500);
  const workers = [old.worker, fake('ready', 0, 0.95).worker];
  const goodbyes = new DrainRate(
    () => workers,
    () => {},
  );
  const now = Math.ceil(performance.now());
  goodbyes.begin(old.worker, unhurried(60_000));
  const given = Array.from({ length: 56 }, (_, s) => second(goodbyes, now + s * 1000, old));
  assert.ok(given[2]! < given[0]!, given.join(' '));
  assert.equal(
    given.reduce((sum, each) => sum + each),
    500,
  );
  old.worker.state = 'stopping';
  goodbyes.tick(now);
});

test('at the deadline: finish, then stop; when the app stops all go at once', () => {
  const old = fake('draining', 40);
  const stopped: Worker[] = [];
  const goodbyes = new DrainRate(
    () => [old.worker],
    (worker) => stopped.push(worker),
  );
  const now = Math.ceil(performance.now());
  goodbyes.begin(old.worker, hurried(10_000));
  goodbyes.tick(now + 100);
  assert.deepEqual(old.sent, [{ type: 'goodbye', count: 40 }]);
  goodbyes.tick(now + 5_100);
  goodbyes.tick(now + 5_200);
  assert.deepEqual(old.sent.slice(1), [{ type: 'finish' }]);
  assert.deepEqual(stopped, []);
  goodbyes.tick(now + 7_000);
  assert.deepEqual(stopped, [old.worker]);
  old.worker.state = 'stopping';
  goodbyes.tick(now + 7_100);
});
