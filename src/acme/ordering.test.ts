import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test from 'node:test';
import { placeOrderWithin } from './ordering.ts';

test('an order ends when its time is over, whatever the authority does', async (t) => {
  const silent = net.createServer((socket) => socket.on('error', () => {}).resume());
  t.after(() => silent.close());
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const { port } = silent.address() as net.AddressInfo;
  const order = {
    directory: `http://127.0.0.1:${port}/directory`,
    domains: ['shop.test'],
    challenge: 'http-01' as const,
    email: null,
    accountKey: '',
    accountUrl: null,
    eab: null,
  };
  const place = placeOrderWithin(1_200);
  const placed = place(order, { answers() {}, account() {} }, new AbortController().signal);
  await assert.rejects(placed, { message: 'it was not done within 0.02 minutes' });
});
