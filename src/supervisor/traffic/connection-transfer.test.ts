import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveCommand, type MoveMessage, type SupervisorMessage } from '../../protocol/messages.ts';
import { ConnectionTransfer } from './connection-transfer.ts';
import type { Worker } from '../workers/worker.ts';

const handle = { close: () => {} };

/** A worker that keeps what it is sent. */
function newWorker(id: number) {
  const sockets: string[] = [];
  const told: SupervisorMessage[] = [];
  const worker = {
    id,
    reachable: true,
    connected: true,
    send: (message: SupervisorMessage) => told.push(message),
    child: { send: ({ move }: MoveMessage) => sockets.push(move) },
  };
  return { worker: worker as unknown as Worker, sockets, told };
}

const move = (id: number): MoveMessage => ({
  cmd: moveCommand,
  move: String(id),
  worker: 2,
  bound: false,
  bytes: '',
  addresses: null,
});

test('a worker that gets nothing more has answered for what was sent to it before it drains', (t) => {
  const [from, leaving, other] = [newWorker(1), newWorker(2), newWorker(3)];
  const transfer = new ConnectionTransfer(() => other.worker);
  t.after(() => transfer.close());
  for (let id = 1; id <= 6; id += 1) transfer.accept(from.worker, move(id), handle, leaving.worker);
  assert.deepEqual(leaving.sockets, ['1', '2', '3', '4']);

  let answered = 0;
  transfer.retire(leaving.worker, () => (answered += 1));
  assert.deepEqual(other.sockets, ['5', '6'], 'what was not sent yet goes elsewhere');
  for (const id of ['1', '2', '3']) transfer.taken(leaving.worker, id);
  assert.equal(answered, 0);
  transfer.refused(leaving.worker, '4');
  assert.equal(answered, 1);
  assert.deepEqual(other.sockets, ['5', '6', '4']);
  assert.deepEqual(leaving.sockets, ['1', '2', '3', '4']);

  transfer.retire(newWorker(4).worker, () => (answered += 1));
  assert.equal(answered, 2, 'nothing is under way to it');
});
