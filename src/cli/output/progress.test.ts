import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { showProgress } from './progress.ts';
import { openTerminal, type Terminal } from './terminal.ts';

function plain(tty = false): { terminal: Terminal; text: () => string } {
  const stream = new PassThrough();
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const out = Object.assign(stream, { isTTY: tty, columns: 60, hasColors: () => false });
  return { terminal: openTerminal(out, out), text: () => text };
}

test('a transfer is a bar on a terminal and a line now and then elsewhere', () => {
  let now = 0;
  const file = plain();
  const progress = showProgress(file.terminal, () => now);
  progress.step('Node 20.18.0 from the npm registry');
  for (; now <= 11_000; now += 100) progress.transfer('Node', now * 1000, 11_000_000);
  assert.equal(
    file.text(),
    'Node 20.18.0 from the npm registry\nNode: 4.8 MB of 10 MB\nNode: 9.5 MB of 10 MB\n',
  );
  const tty = plain(true);
  const bar = showProgress(tty.terminal);
  bar.transfer('Node', 50, 100);
  bar.transfer('Node', 100, 100);
  bar.step('done');
  assert.equal(tty.text(), `Node [${'#'.repeat(12)}${' '.repeat(12)}] 50 B of 100 B\r\x1b[Kdone\n`);
});
