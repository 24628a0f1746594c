import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { bodyEnd, bodyPart, forwardedHead, framingOf } from './request-bytes.ts';

const request = (...rawHeaders: string[]): IncomingMessage =>
  ({ method: 'POST', url: '/a', httpVersion: '1.1', rawHeaders }) as unknown as IncomingMessage;

test('how a body is framed', () => {
  assert.equal(framingOf(request('Host', 'x')), 'none');
  assert.equal(framingOf(request('Content-Length', '00')), 'none');
  assert.equal(framingOf(request('content-length', '5')), 'length');
  assert.equal(framingOf(request('Transfer-Encoding', 'gzip, Chunked')), 'chunked');
  assert.equal(
    framingOf(request('Transfer-Encoding', 'identity', 'transfer-encoding', 'chunked')),
    'chunked',
  );
  // What a lenient parser takes, and reads to the end.
  assert.equal(framingOf(request('Transfer-Encoding', 'chunked, identity')), 'length');
  assert.equal(framingOf(request('Transfer-Encoding', 'xchunked')), 'length');
});

test('a head does not become longer than it was', () => {
  const head = 'POST /a HTTP/1.1\r\nHost:x\r\nX:\u00e4\r\n\r\n';
  assert.deepEqual(forwardedHead(request('Host', 'x', 'X', '\u00e4')), Buffer.from(head, 'latin1'));
});

test('a chunked body is framed anew, its trailers included', () => {
  assert.equal(bodyPart('chunked', Buffer.alloc(17, 'a')).toString(), `11\r\n${'a'.repeat(17)}\r\n`);
  assert.equal(bodyEnd('chunked', ['X-Sum', '1']).toString(), '0\r\nX-Sum:1\r\n\r\n');
  assert.equal(bodyPart('length', Buffer.from('a')).toString() + bodyEnd('length', []).toString(), 'a');
});
