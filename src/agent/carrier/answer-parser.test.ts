import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerParser } from './answer-parser.ts';

/** What a parser says of `text`, given in pieces of `size` bytes, and that it ended there if it `ends`. */
function parsed(text: string, size: number, { toHead = false, ends = false } = {}): unknown[] {
  const said: unknown[] = [];
  let body = '';
  const parser = new AnswerParser(toHead, {
    informational: (...args) => void said.push(args),
    head: (...args) => void said.push(args),
    body: (bytes) => (body += bytes.toString('latin1')),
    complete: (trailers) => void said.push(body, trailers),
    failed: () => void said.push(body, 'failed'),
  });
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) parser.read(bytes.subarray(at, at + size));
  if (ends) parser.end();
  return said;
}

const ok = 'HTTP/1.1 200 OK\r\n';
const plain = { empty: false, chunked: false };
const chunks = { empty: false, chunked: true };
const none = { empty: true, chunked: false };
const chunked = ['Transfer-Encoding', 'chunked'];
const chunkedHead = `${ok}Transfer-Encoding: chunked\r\n\r\n`;

const cases: [name: string, text: string, said: unknown[], options?: { toHead?: boolean; ends?: boolean }][] =
  [
    [
      'a length',
      `${ok}Content-Length: 5\r\nA:b\r\n\r\nhello`,
      [[200, ['Content-Length', '5', 'A', 'b'], plain], 'hello', []],
    ],
    [
      'no length',
      `${ok}A: \xe9\r\n\r\nuntil the end`,
      [[200, ['A', '\xe9'], plain], 'until the end', []],
      { ends: true },
    ],
    ['nothing', `${ok}Content-Length: 0\r\n\r\n`, [[200, ['Content-Length', '0'], none], '', []]],
    [
      'a status without words',
      'HTTP/1.1 600\r\nContent-Length: 0\r\n\r\n',
      [[600, ['Content-Length', '0'], none], '', []],
    ],
    [
      '304',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
      [[304, ['Content-Length', '5'], none], '', []],
    ],
    ['to HEAD', chunkedHead, [[200, chunked, none], '', []], { toHead: true }],
    [
      'chunks and trailers',
      `${chunkedHead}5;x=y\r\nhello\r\n3 \r\n!!!\r\n0\r\nX-Sum: 8\r\nY:\r\n\r\n`,
      [[200, chunked, chunks], 'hello!!!', ['X-Sum', '8', 'Y', '']],
    ],
    [
      '1xx first',
      `HTTP/1.1 103 Early\r\nLink: x\r\n\r\n${ok}Content-Length: 0\r\n\r\n`,
      [[103, ['Link', 'x']], [200, ['Content-Length', '0'], none], '', []],
    ],
    [
      'an end in a length',
      `${ok}Content-Length: 5\r\n\r\nhe`,
      [[200, ['Content-Length', '5'], plain], 'he', 'failed'],
      { ends: true },
    ],
    ['an end in a chunk', `${chunkedHead}5\r\nhe`, [[200, chunked, chunks], 'he', 'failed'], { ends: true }],
    ['an end in a head', `${ok}A: b`, ['', 'failed'], { ends: true }],
    ['no chunk size', `${chunkedHead}five\r\nhello\r\n`, [[200, chunked, chunks], '', 'failed']],
    ['a chunk that is longer', `${chunkedHead}2\r\nhello\r\n`, [[200, chunked, chunks], 'he', 'failed']],
    ['no answer', 'hello\r\n\r\n', ['', 'failed']],
    ['no field', `${ok}hello\r\n\r\n`, ['', 'failed']],
    ['a length that is none', `${ok}Content-Length: x\r\n\r\n`, ['', 'failed']],
  ];

for (const [name, text, said, options] of cases) {
  test(`an answer with ${name}`, () => {
    for (const size of [1, 2, 3, 7, text.length])
      assert.deepEqual(parsed(text, size, options), said, `in ${size}s`);
  });
}
