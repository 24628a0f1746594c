import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { readLines } from './lines.ts';
import { agentMessages } from './messages.ts';
import { parseMessage } from './shape.ts';

const parse = (value: unknown): unknown => parseMessage(agentMessages, JSON.stringify(value));

test('a message of the table passes', () => {
  assert.deepEqual(parse({ type: 'taken', move: '1-2' }), { type: 'taken', move: '1-2' });
  assert.ok(parse({ type: 'place', id: 1, session: null, owner: 3, awaits: false }));
});

test('everything else does not: it may come from an untrusted process', () => {
  assert.equal(parse({ type: 'taken' }), undefined);
  assert.equal(parse({ type: 'taken', move: 1 }), undefined);
  assert.equal(parse({ type: 'toString' }), undefined);
  assert.equal(parse({ type: 'place', id: '1', session: null, owner: null, awaits: false }), undefined);
  assert.equal(parse(null), undefined);
  assert.equal(parse([]), undefined);
  assert.equal(parseMessage(agentMessages, '{"type":'), undefined);
});

test('lines are whole, however the bytes come', () => {
  const stream = new PassThrough();
  const lines: string[] = [];
  readLines(stream, (line) => lines.push(line));
  const text = Buffer.from('ä\nbc\n');
  stream.write(text.subarray(0, 1));
  stream.write(text.subarray(1));
  stream.end();
  return new Promise<void>((resolve) => {
    stream.on('end', () => {
      assert.deepEqual(lines, ['ä', 'bc']);
      resolve();
    });
  });
});
