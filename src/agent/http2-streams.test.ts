import assert from 'node:assert/strict';
import test from 'node:test';
import { fieldsOf, headOfStream } from './http2-streams.ts';

const pseudo = { ':method': 'POST', ':path': '/a?b', ':scheme': 'https', ':authority': 'x.test' };

test('the authority becomes Host, and what belongs to one connection does not pass', () => {
  const fields = { ...pseudo, host: 'y.test', 'keep-alive': 'timeout=1', te: 'trailers', cookie: 'a=1; b=2' };
  assert.deepEqual(headOfStream(fields, true), {
    method: 'POST',
    path: '/a?b',
    headers: { host: 'x.test', te: 'trailers', cookie: 'a=1; b=2', 'content-length': '0' },
  });
});

test('a body of unknown length is chunked, one of known length is not', () => {
  assert.equal(headOfStream(pseudo, false).headers['transfer-encoding'], 'chunked');
  const known = headOfStream({ ...pseudo, 'content-length': '3' }, false).headers;
  assert.deepEqual([known['content-length'], known['transfer-encoding']], ['3', undefined]);
});

test('what is no request of HTTP/1.1 is an error', () => {
  assert.throws(() => headOfStream({ ':method': 'CONNECT', ':authority': 'x.test:1' }, true));
  assert.throws(() => headOfStream({ ':method': 'GET' }, true));
});

test('fields of an answer are in lower case, those that came twice are lists, and Connection is gone', () => {
  const raw = ['Set-Cookie', 'a=1', 'X-One', '1', 'Set-Cookie', 'b=2', 'Connection', 'close'];
  const expected = { 'set-cookie': ['a=1', 'b=2'], 'x-one': '1' };
  assert.deepEqual(fieldsOf([...raw, 'Transfer-Encoding', 'chunked']), expected);
});
