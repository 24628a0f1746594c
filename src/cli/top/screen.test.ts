import assert from 'node:assert/strict';
import { test } from 'node:test';
import xterm from '@xterm/headless';
import { Screen } from './screen.ts';

/** A screen on a terminal of 10 by 3, and what was written to it. */
function terminal() {
  const term = new xterm.Terminal({ cols: 10, rows: 3, allowProposedApi: true });
  const writes: string[] = [];
  const screen = new Screen({ write: (text) => writes.push(text) });
  const lines = async (): Promise<string[]> => {
    for (const text of writes.slice()) term.write(text);
    writes.length = 0;
    await new Promise<void>((resolve) => term.write('', resolve));
    return [0, 1, 2].map((row) => term.buffer.active.getLine(row)!.translateToString(true));
  };
  return { screen, writes, lines, term };
}

test('a frame is one write of the lines that changed', async () => {
  const { screen, writes, lines } = terminal();
  screen.enter();
  screen.draw(['one', 'two', 'full width']);
  assert.deepEqual(await lines(), ['one', 'two', 'full width']);
  screen.draw(['one', '2', 'full width']);
  assert.equal(writes.length, 1);
  assert.ok(!writes[0]!.includes('one'));
  assert.deepEqual(await lines(), ['one', '2', 'full width']);
  screen.draw(['one', '2', 'full width']);
  assert.deepEqual(writes, [], 'nothing has changed');
  screen.draw(['one']);
  assert.deepEqual(await lines(), ['one', '', '']);
});

test('after a change of size everything is written anew', async () => {
  const { screen, lines, term } = terminal();
  screen.enter();
  screen.draw(['one', 'two']);
  await lines();
  term.write('\x1b[2;1Hrubbish');
  screen.forget();
  screen.draw(['one', 'two']);
  assert.deepEqual(await lines(), ['one', 'two', '']);
});

test('leaving brings back what was there, once', async () => {
  const { screen, writes, lines, term } = terminal();
  term.write('shell$');
  screen.enter();
  screen.draw(['one']);
  assert.deepEqual(await lines(), ['one', '', '']);
  screen.leave();
  assert.equal(writes.length, 1);
  assert.deepEqual(await lines(), ['shell$', '', '']);
  screen.leave();
  screen.draw(['late']);
  assert.deepEqual(writes, []);
});
