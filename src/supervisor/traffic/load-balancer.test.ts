import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LoadBalancer } from './load-balancer.ts';
import type { Worker } from '../workers/worker.ts';

/** A worker as far as placement is concerned; `told` are the answers that it got. */
interface FakeWorker {
  id: number;
  child: object | undefined;
  awaited: boolean;
  open: boolean;
  reachable: boolean;
  resumes: boolean;
  confirms: boolean;
  telling: boolean;
  told: number[];
}

function fake(id: number, fields: Partial<FakeWorker> = {}): FakeWorker & Worker {
  const told: number[] = [];
  const send = ({ worker }: { worker: number }): number => told.push(worker);
  const plain = { id, child: {}, awaited: false, open: true, reachable: true, resumes: false };
  const counts = { clients: 0, sessions: 0, reserved: [], takesLeave: () => false, telling: false };
  return { ...plain, ...counts, told, send, ...fields } as unknown as FakeWorker & Worker;
}

const orphan = { child: undefined };

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await nextTurn();
  }
}

const question = (
  asked: Partial<Parameters<LoadBalancer['answer']>[1]> = {},
): Parameters<LoadBalancer['answer']>[1] => ({
  type: 'place',
  id: 1,
  session: 's',
  owner: null,
  awaits: false,
  address: undefined,
  ...asked,
});

test('a question about a session waits for the orphans that may have it', async () => {
  const asking = fake(1, orphan);
  const owner = fake(2, { ...orphan, awaited: true, open: false });
  const balancer = new LoadBalancer(
    () => [asking, owner],
    () => false,
  );
  balancer.answer(asking, question());
  balancer.answer(asking, question({ id: 2, session: 'new' }));
  await turns();
  assert.deepEqual(asking.told, []);
  // Its hello has told of the session; what it says behind that is still to be read.
  balancer.remember('s', owner);
  balancer.look();
  await turns();
  assert.deepEqual(asking.told, [2], 'it can be forwarded to already');
  owner.awaited = false;
  owner.open = true;
  balancer.look();
  balancer.remember('new', owner);
  await turns();
  assert.deepEqual(asking.told, [2, 2]);
});

test('an orphan that has ended is not waited for', async () => {
  const asking = fake(1);
  const dead = fake(2, { ...orphan, awaited: true, open: false });
  const workers = [asking, dead];
  const placement = new LoadBalancer(
    () => workers,
    () => false,
  );
  placement.answer(asking, question());
  workers.pop();
  placement.forgetWorker(dead);
  await turns();
  assert.deepEqual(asking.told, [1]);
});

test('an orphan keeps a session that begins in it, whatever its cookie says', async () => {
  const asking = fake(1, orphan);
  const owner = fake(2, orphan);
  const placement = new LoadBalancer(
    () => [asking, owner],
    () => false,
  );
  placement.answer(asking, question({ owner: 2 }));
  placement.answer(owner, question({ id: 2, owner: 2 }));
  await turns();
  assert.deepEqual([asking.told, owner.told], [[1], [1]]);
});

test('who may have lost its network stays in the worker that drains and waits for it', async () => {
  const open = fake(1);
  const draining = fake(2, { open: false, reachable: false, resumes: true });
  const placement = new LoadBalancer(
    () => [open, draining],
    () => false,
  );
  placement.answer(draining, question({ session: null, awaits: true }));
  placement.answer(draining, question({ id: 2, session: null, awaits: true, owner: 1 }));
  placement.answer(draining, question({ id: 3, session: null }));
  placement.answer(open, question({ id: 4, session: null, awaits: true }));
  await turns();
  assert.deepEqual([draining.told, open.told], [[2, 1, 1], [1]]);
});

test('what a client calls a session is one when the app has opened it', async () => {
  const [asking, other] = [fake(1, { confirms: true }), fake(2, { confirms: true })];
  const placement = new LoadBalancer(
    () => [asking, other],
    () => false,
  );
  const ask = (worker: typeof asking, session: string): void =>
    placement.answer(worker, {
      type: 'place',
      id: 1,
      session,
      owner: null,
      awaits: false,
      address: undefined,
    });
  ask(asking, 'invented');
  await turns();
  assert.ok(!placement.knows('invented'), 'no app here has sessions');
  const long = `/${'x'.repeat(1_000)}`;
  placement.remember(long, other);
  ask(asking, long);
  ask(asking, 'reserved');
  await turns();
  ask(other, 'reserved');
  await turns();
  assert.deepEqual([asking.told, other.told], [[1, 2, 1], [1]]);
  assert.deepEqual([asking.sessions, other.sessions], [0, 1]);
  placement.remember('reserved', asking);
  assert.deepEqual([asking.sessions, other.sessions], [1, 1]);
});

test('an agent of before tells of no opening: what is placed there counts at once', async () => {
  const asking = fake(1);
  const placement = new LoadBalancer(
    () => [asking],
    () => false,
  );
  placement.answer(asking, question());
  await turns();
  assert.ok(placement.knows('s'));
  assert.equal(asking.sessions, 1);
});

test('a question about a session waits for a worker that has not told of all of its own', async () => {
  const asking = fake(1);
  const owner = fake(2, { telling: true });
  const placement = new LoadBalancer(
    () => [asking, owner],
    () => false,
  );
  placement.answer(asking, question());
  await turns();
  assert.deepEqual(asking.told, []);
  placement.remember('s', owner);
  owner.telling = false;
  placement.look();
  await turns();
  assert.deepEqual(asking.told, [2]);
});
