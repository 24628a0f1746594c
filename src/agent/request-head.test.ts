import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHead, rawField } from './request-head.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

test('a complete head is read', () => {
  const head = parseHead(
    bytes('GET /a?b HTTP/1.1\r\nHost: x\r\nCOOKIE: a=1; b=2\r\nUpgrade: WebSocket\r\n\r\nbody'),
  );
  assert.deepEqual(head, { method: 'GET', url: '/a?b', cookie: 'a=1; b=2', websocket: true });
});

test('what is incomplete, or no HTTP/1, is no head', () => {
  assert.equal(parseHead(bytes('GET / HTTP/1.1\r\nHost: x\r\n')), undefined);
  assert.equal(parseHead(bytes('\x16\x03\x01\x02\x00\x01\r\n\r\n')), undefined);
  assert.equal(parseHead(bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')), undefined);
});

test('a field in the body is no field of the head', () => {
  assert.equal(parseHead(bytes('POST / HTTP/1.1\r\nHost: x\r\n\r\nx\r\nCookie: a=1\r\n'))?.cookie, undefined);
});

test('a raw field is found whatever its case, and only by its whole name', () => {
  const raw = ['Host', 'x', 'X-Cookie', 'no', 'cOOKIE', 'yes'];
  assert.equal(rawField(raw, 'cookie'), 'yes');
  assert.equal(rawField(raw, 'accept'), undefined);
});
