import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransferRecovery } from './connection-transfer.ts';
import type { Hello, Worker } from '../workers/worker.ts';

const orphan = (id: number) => {
  const told: string[] = [];
  const send = ({ type, move }: { type: string; move: string }): void => void told.push(`${type} ${move}`);
  return { told, worker: { id, child: undefined, send } as unknown as Worker };
};
const hello = (moving: string[], taken: string[] = []): Hello => ({ moving, taken }) as unknown as Hello;

test('moves wait until everybody has spoken, however long that takes', () => {
  const [a, b] = [orphan(1), orphan(2)];
  const transferRecovery = new TransferRecovery(
    () => [a.worker, b.worker],
    () => false,
  );
  transferRecovery.heard(a.worker, hello(['1-0', '1-1']));
  assert.deepEqual(a.told, [], 'the other one may have taken them');
  transferRecovery.heard(b.worker, hello([], ['1-1']));
  assert.deepEqual(a.told, ['unmoved 1-0', 'moved 1-1']);
});

test('what somebody who has ended may have taken is not served again', () => {
  const [a, b] = [orphan(1), orphan(2)];
  let workers = [a.worker, b.worker];
  const arbiter = new TransferRecovery(
    () => workers,
    () => false,
  );
  arbiter.heard(a.worker, hello(['1-0']));
  workers = [a.worker];
  arbiter.silent(b.worker);
  assert.deepEqual(a.told, ['moved 1-0']);
});

test('one that has ended after it had spoken leaves no doubt, one that had ended before all began does', () => {
  for (const lost of [false, true]) {
    const [a, b, c] = [orphan(1), orphan(2), orphan(3)];
    let workers = [a.worker, b.worker, c.worker];
    const transferRecovery = new TransferRecovery(
      () => workers,
      () => lost,
    );
    transferRecovery.heard(b.worker, hello([]));
    workers = [a.worker, c.worker];
    transferRecovery.silent(b.worker);
    transferRecovery.heard(c.worker, hello([]));
    transferRecovery.heard(a.worker, hello(['1-0']));
    assert.deepEqual(a.told, [lost ? 'moved 1-0' : 'unmoved 1-0']);
  }
});
