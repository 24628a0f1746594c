import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { openTerminal } from './terminal.ts';

test('a reader that goes away ends the printing, nothing else', () => {
  const stream = new PassThrough({ encoding: 'utf8' });
  const terminal = openTerminal(stream, stream);
  terminal.print('somebody reads this');
  stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  terminal.print('nobody reads this');
  assert.equal(stream.read(), 'somebody reads this\n');
});
