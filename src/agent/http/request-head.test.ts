import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { hasBody, headBytes, listField, rawField } from './request-head.ts';

test('a raw field is found whatever its case, and only by its whole name', () => {
  const raw = ['Host', 'x', 'X-Cookie', 'no', 'cOOKIE', 'yes'];
  assert.equal(rawField(raw, 'cookie'), 'yes');
  assert.equal(rawField(raw, 'accept'), undefined);
});

test('a list may come in several fields', () => {
  const raw = ['Cookie', 'a=1', 'Host', 'x', 'cookie', 'b=2'];
  assert.equal(listField(raw, 'cookie', ';'), 'a=1;b=2');
  assert.equal(listField(raw, 'host'), 'x');
  assert.equal(listField(raw, 'accept'), undefined);
});

const request = (method: string, ...rawHeaders: string[]): IncomingMessage =>
  ({ method, url: '/a?b', httpVersion: '1.1', rawHeaders }) as IncomingMessage;

test('a head is written as it came', () => {
  const text = 'POST /a?b HTTP/1.1\r\nHost: x\r\nX: \u00e4\r\n\r\n';
  assert.deepEqual(headBytes(request('POST', 'Host', 'x', 'X', '\u00e4')), Buffer.from(text, 'latin1'));
});

test('whether a body follows', () => {
  assert.equal(hasBody(request('GET', 'Host', 'x')), false);
  assert.equal(hasBody(request('POST', 'Content-Length', '0')), false);
  assert.equal(hasBody(request('DELETE', 'Host', 'x')), false);
  assert.equal(hasBody(request('POST', 'content-length', '3')), true);
  assert.equal(hasBody(request('GET', 'Content-Length', '3')), true);
  assert.equal(hasBody(request('PUT', 'Transfer-Encoding', 'chunked')), true);
});
