import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendWindow } from './send-window.ts';
import { windowBytes, type StreamEnd } from './stream.ts';

const nothing = (): void => {};

function sink(): { stream: StreamEnd; sizes: number[] } {
  const sizes: number[] = [];
  const others = { last: nothing, began: nothing, answered: nothing, credit: nothing, end: nothing };
  return {
    stream: { ...others, abort: nothing, gone: nothing, data: ({ length }) => void sizes.push(length) },
    sizes,
  };
}

test('no more is sent than the other end has room for, in order, and each is told when it went', () => {
  const { stream, sizes } = sink();
  const window = new SendWindow(stream);
  const sent: string[] = [];
  window.send(Buffer.alloc(windowBytes - 10), () => sent.push('a'));
  window.send(Buffer.alloc(30), () => sent.push('b'));
  window.send(Buffer.alloc(0), () => sent.push('c'));
  window.send(Buffer.alloc(5), () => sent.push('d'));
  assert.deepEqual(sizes, [windowBytes - 10, 10]);
  assert.deepEqual(sent, ['a']);
  window.credit(22);
  assert.deepEqual(sizes.slice(2), [20, 2]);
  assert.deepEqual(sent, ['a', 'b', 'c']);
  window.credit(100);
  assert.deepEqual(sizes.slice(4), [3]);
  assert.deepEqual(sent, ['a', 'b', 'c', 'd']);
});
