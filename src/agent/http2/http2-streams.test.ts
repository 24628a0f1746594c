import assert from 'node:assert/strict';
import test from 'node:test';
import { bearsHttp2, fieldsOf, requestOf } from './http2-streams.ts';

const pseudo = { ':method': 'POST', ':path': '/a?b', ':scheme': 'https', ':authority': 'x.test' };
const headOf = (fields: Record<string, string>, bodiless: boolean): string[] =>
  requestOf(fields, bodiless)!.head.toString('latin1').split('\r\n');

test('the authority becomes Host, and what belongs to one connection does not pass', () => {
  const fields = { ...pseudo, host: 'y.test', 'keep-alive': 'timeout=1', te: 'trailers', cookie: 'a=1; b=2' };
  assert.deepEqual(headOf(fields, true), [
    'POST /a?b HTTP/1.1',
    'host:x.test',
    'te:trailers',
    'cookie:a=1; b=2',
    'content-length:0',
    '',
    '',
  ]);
});

test('a body of unknown length is chunked, one of known length is not', () => {
  assert.ok(headOf(pseudo, false).includes('transfer-encoding:chunked'));
  const known = requestOf({ ...pseudo, 'content-length': '3' }, false)!;
  assert.deepEqual([known.framing, known.length], ['length', 3]);
  assert.doesNotMatch(known.head.toString(), /transfer-encoding/);
});

test('what is no request of HTTP/1.1 is none', () => {
  const wrong = [
    { ':method': 'CONNECT', ':authority': 'x.test:1' },
    { ':method': 'GET' },
    { ...pseudo, ':path': '/a HTTP/1.1\r\nX: y' },
    { ...pseudo, ':method': 'GET /other HTTP/1.1\r\nX: y' },
    { ...pseudo, 'x-a': 'b\r\nx-c: d' },
    { ...pseudo, 'x a': 'b' },
    { ...pseudo, 'content-length': '5, 6' },
  ];
  for (const fields of wrong) assert.equal(requestOf(fields, true), undefined, JSON.stringify(fields));
});

test('fields of an answer are in lower case, those that came twice are lists, and Connection is gone', () => {
  const raw = ['Set-Cookie', 'a=1', 'X-One', '1', 'Set-Cookie', 'b=2', 'Connection', 'close'];
  const more = ['Transfer-Encoding', 'chunked', '__proto__', 'x', 'ETag', '"1"', 'ETag', '"2"'];
  assert.deepEqual(Object.entries(fieldsOf([...raw, ...more])), [
    ['set-cookie', ['a=1', 'b=2']],
    ['x-one', '1'],
    ['__proto__', 'x'],
    ['etag', '"1"'],
  ]);
});

test('Nodes that a client of HTTP/2 could end do not speak it', () => {
  const all = [
    '14.21.3',
    '16.20.2',
    '18.20.0',
    '18.20.1',
    '19.9.0',
    '20.12.0',
    '20.12.1',
    '20.20.2',
    '21.7.1',
    '24.0.0',
  ];
  assert.deepEqual(all.filter(bearsHttp2), ['18.20.1', '20.12.1', '20.20.2', '24.0.0']);
});
