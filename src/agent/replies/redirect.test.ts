import assert from 'node:assert/strict';
import test from 'node:test';
import { httpsUrl } from './redirect.ts';

test('keeps host, path and query, and names the port only if it is not the usual one', () => {
  assert.equal(httpsUrl('shop.test', '/a?b=%20', 443), 'https://shop.test/a?b=%20');
  assert.equal(httpsUrl('shop.test:8080', '/', 8443), 'https://shop.test:8443/');
  assert.equal(httpsUrl('[::1]:80', '/', 443), 'https://[::1]/');
});

test('makes no URL of what is no host or no path', () => {
  for (const host of [undefined, '', 'evil.test/@', 'a b', 'user@shop.test', 'x\r\ny']) {
    assert.equal(httpsUrl(host, '/', 443), undefined, String(host));
  }
  for (const target of [undefined, '*', 'http://other.test/', 'shop.test:443']) {
    assert.equal(httpsUrl('shop.test', target, 443), undefined, String(target));
  }
});

test('escapes what a parser lets through and a URL does not hold', () => {
  assert.equal(httpsUrl('shop.test', '/\f\x7f\t\xe4?\xff', 443), 'https://shop.test/%0C%7F%09%E4?%FF');
});
