import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { LeaderElection } from './leader-election.ts';
import type { Worker } from '../workers/worker.ts';

/** A worker as far as leadership is concerned; `told` is what was sent to it. */
interface FakeWorker {
  child: object | undefined;
  introduced: boolean;
  bornLeader: boolean;
  open: boolean;
  leaving: boolean;
  told: boolean[];
  send(message: { leader: boolean }): void;
}

const fake = (orphan = false): FakeWorker => {
  const told: boolean[] = [];
  const child = orphan ? undefined : {};
  return {
    child,
    introduced: !orphan,
    bornLeader: false,
    open: true,
    leaving: false,
    told,
    send: ({ leader }) => told.push(leader),
  };
};

let workers: FakeWorker[];
let election: LeaderElection;
const as = (worker: FakeWorker | undefined): Worker => worker as unknown as Worker;

beforeEach(() => {
  workers = [];
  election = new LeaderElection(() => workers as unknown as Worker[]);
});

test('a leader that leaves is followed only when it has resigned', () => {
  const [old, next] = (workers = [fake(), fake()]) as [FakeWorker, FakeWorker];
  election.heard(as(old), true);
  old.leaving = true;
  old.open = false;
  election.settle();
  election.settle();
  assert.deepEqual([old.told, next.told, election.leader], [[false], [], undefined]);
  election.resigned(as(old));
  election.settle();
  assert.deepEqual([next.told, election.leader], [[true], as(next)]);
});

test('a leader that dies is followed at once', () => {
  const [old, next] = (workers = [fake(), fake()]) as [FakeWorker, FakeWorker];
  election.heard(as(old), true);
  workers = [next];
  election.settle();
  assert.equal(election.leader, as(next));
});

test('a new supervisor chooses nobody before it has heard every orphan', () => {
  const [orphan, fresh] = (workers = [fake(true), fake()]) as [FakeWorker, FakeWorker];
  election.settle();
  assert.equal(election.leader, undefined);
  orphan.introduced = true;
  election.heard(as(orphan), true);
  election.settle();
  assert.deepEqual([election.leader, orphan.told, fresh.told], [as(orphan), [], []]);
});

test('of two that say they lead, the second is told otherwise', () => {
  const [first, second] = (workers = [fake(true), fake(true)]) as [FakeWorker, FakeWorker];
  election.heard(as(first), true);
  election.heard(as(second), true);
  assert.deepEqual([first.told, second.told], [[], [false]]);
});

test('nobody is chosen while one that was born as the leader has not said hello', () => {
  const [born] = (workers = [fake(), fake()]) as [FakeWorker, FakeWorker];
  Object.assign(born, { introduced: false, bornLeader: true, open: false });
  election.settle();
  assert.equal(election.leader, undefined);
});
