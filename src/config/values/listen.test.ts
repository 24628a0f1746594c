import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addresses, everywhere, readHost, readListener } from './listen.ts';

test('every form of a listener is read', () => {
  assert.deepEqual(readListener('127.0.0.1:80'), { kind: 'tcp', host: '127.0.0.1', port: 80 });
  assert.deepEqual(readListener('[::1]:8080'), { kind: 'tcp', host: '::1', port: 8080 });
  assert.deepEqual(readListener('localhost:1'), { kind: 'tcp', host: 'localhost', port: 1 });
  assert.deepEqual(readListener(':3000'), { kind: 'tcp', host: everywhere, port: 3000 });
  assert.deepEqual(readListener('3000'), { kind: 'tcp', host: everywhere, port: 3000 });
  assert.deepEqual(readListener('/run/shop.sock'), { kind: 'path', path: '/run/shop.sock' });
  assert.deepEqual(readListener('unix:shop.sock'), { kind: 'path', path: 'shop.sock' });
  assert.deepEqual(readListener('none'), { kind: 'none' });
});

test('what is no listener is refused', () => {
  for (const wrong of ['', ':', ':0', ':65536', 'example.com:80', '::1:80', '[1.2.3:80', 'unix:', 'all']) {
    assert.equal(readListener(wrong), undefined, wrong);
  }
});

test('hosts are addresses, localhost or everything', () => {
  assert.equal(readHost('*'), everywhere);
  assert.equal(readHost('[::]'), '::');
  assert.equal(readHost('10.0.0.1'), '10.0.0.1');
  assert.equal(readHost('example.com'), undefined);
  assert.equal(readHost('300.1.1.1'), undefined);
});

test('all interfaces and localhost are one socket for each IP version that the machine has', () => {
  assert.deepEqual(addresses(everywhere, 80, true), [
    { host: '0.0.0.0', port: 80 },
    { host: '::', port: 80 },
  ]);
  assert.deepEqual(addresses('localhost', 80, false), [{ host: '127.0.0.1', port: 80 }]);
  assert.deepEqual(addresses('::1', 80, false), [{ host: '::1', port: 80 }]);
});
