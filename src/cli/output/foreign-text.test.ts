import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapedButColours, escapedLines } from './foreign-text.ts';

test('what could do something to a terminal is shown as an escape', () => {
  const lines: [string, string][] = [
    ['a\x1b[2Jb', String.raw`a\u001b[2Jb`],
    ['\x1b]0;title\x07', String.raw`\u001b]0;title\u0007`],
    ['\x9b31m\x9d0;x\x9c', String.raw`\u009b31m\u009d0;x\u009c`],
    ['50 %\r100 %', String.raw`50 %\u000d100 %`],
    ['\x08\x7f\0', String.raw`\u0008\u007f\u0000`],
    ['user\u202Etxt.exe\u2066\u200F', String.raw`user\u202etxt.exe\u2066\u200f`],
    ['a\u2028b\r\nc', 'a\\u2028b\nc'],
    ['\x1b[31mred\x1b[0m', String.raw`\u001b[31mred\u001b[0m`],
    ['tab\tä 商品 👩‍💻', 'tab\tä 商品 👩‍💻'],
  ];
  for (const [text, shown] of lines) assert.equal(escapedLines(text), shown);
});

test('line breaks and colours stay, and nothing that only looks like them', () => {
  const colours = '\x1b[1;31mred\x1b[0m \x1b[38:5:12mblue\x1b[m';
  assert.equal(escapedButColours(`${colours}\r\nnext\n`), `${colours}\nnext\n`);
  assert.equal(escapedButColours('\x1b[31\x1b[2Jm'), String.raw`\u001b[31\u001b[2Jm`);
  assert.equal(escapedButColours('\x1b[?25l\x1b[3Am'), String.raw`\u001b[?25l\u001b[3Am`);
});

test('JSON stays what it is', () => {
  const value = { text: 'a\x1b[2J\x9b\x7f\u202E' };
  assert.deepEqual(JSON.parse(escapedButColours(JSON.stringify(value, null, 2))), value);
});
