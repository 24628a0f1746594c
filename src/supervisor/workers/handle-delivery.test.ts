import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import test from 'node:test';
import { HandleDelivery } from './handle-delivery.ts';

const handles = [{ close: () => {} }, { close: () => {} }];

function delivery(): { delivery: HandleDelivery; sent: number[]; taken: (() => void)[] } {
  const [sent, taken]: [number[], (() => void)[]] = [[], []];
  const send = ({ index }: { index: number }, _handle: object, _options: object, done: () => void): void => {
    sent.push(index);
    taken.push(done);
  };
  return { delivery: new HandleDelivery({ send } as unknown as ChildProcess), sent, taken };
}

test('who asks once is sent each handle once', () => {
  const { delivery: to, sent, taken } = delivery();
  to.send(handles);
  for (const done of taken.splice(0)) done();
  assert.deepEqual(sent, [0, 1]);
});

test('who asks again while some are on their way gets all of them anew, once', () => {
  const { delivery: to, sent, taken } = delivery();
  to.send(handles);
  taken.shift()!();
  for (let i = 0; i < 3; i += 1) to.send(handles);
  assert.deepEqual(sent, [0, 1]);
  taken.shift()!();
  assert.deepEqual(sent, [0, 1, 0, 1]);
  for (const done of taken.splice(0)) done();
  assert.deepEqual(sent, [0, 1, 0, 1]);
});
