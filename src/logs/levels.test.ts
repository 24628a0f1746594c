import assert from 'node:assert/strict';
import { test } from 'node:test';
import { levelOf, Levels } from './levels.ts';

const lines: [line: string, level: string | undefined][] = [
  ['{"level":30,"time":1,"msg":"pino"}', 'info'],
  ['{"level":50,"time":1,"msg":"pino"}', 'error'],
  ['{"level":35,"msg":"a level of its own"}', 'info'],
  ['{"level":"warn","message":"winston"}', 'warn'],
  ['{"level":"\\u001b[31merror\\u001b[39m","message":"winston in colours"}', 'error'],
  ['{"name":"shop","hostname":"a","pid":1,"level":60,"msg":"bunyan","v":0}', 'fatal'],
  ['{"severity":"CRITICAL","message":"cloud"}', 'fatal'],
  ['{"level":"strange"}', undefined],
  ['{"no":"level"}', undefined],
  ['{ not json', undefined],
  ['WARN something', 'warn'],
  ['2026-11-24T14:02:11.123Z WARN [shop] something', 'warn'],
  ['[2026-11-24 14:02:11] ERROR: something', 'error'],
  ['[14:02:11.123] INFO (4711): pino-pretty', 'info'],
  ['error: winston simple', 'error'],
  ['2026-11-24 14:02:11 warn: something', 'warn'],
  ['[error] something', 'error'],
  ['[2026-11-24T14:02:11.123] [WARN] default - log4js', 'warn'],
  ['\u001b[33mwarn\u001b[39m: in colours', 'warn'],
  ['time=1 level=warn msg="logfmt"', 'warn'],
  ['W20261124-14:02:11.123(0)? app.js:5 Meteor', 'warn'],
  ['I20261124-14:02:11.123(0)? (STDERR) Meteor', 'info'],
  ['TypeError: x is not a function', 'error'],
  ['Uncaught Error: no', 'error'],
  ['MongoServerError: no', 'error'],
  ['Error [ERR_HTTP_HEADERS_SENT]: no', 'error'],
  ['Exception in callback of async function: Error: no', undefined],
  ['(node:4711) [DEP0040] DeprecationWarning: punycode', 'warn'],
  ['GET /error 200', undefined],
  ['there was no error in it', undefined],
  ['listening on 3000', undefined],
  ['INFORMATIONAL', undefined],
];

for (const [line, level] of lines) {
  test(`${level}: ${JSON.stringify(line)}`, () => assert.equal(levelOf(line), level));
}

test('a stack trace belongs to the line above, and so does what Node prints around it', () => {
  const levels = new Levels();
  const crash = [
    'hello',
    '/srv/shop/server.js:10',
    "throw new Error('no');",
    '^',
    '',
    'Error: no',
    '    at Object.<anonymous> (/srv/shop/server.js:10:7) {',
    "  code: 'NO'",
    '}',
    '',
    'Node.js v20.18.0',
    'hello again',
  ];
  const found = crash.map((line) => levels.of(line));
  assert.deepEqual(found, ['info', ...Array.from({ length: 10 }, () => 'error'), 'info']);
});
