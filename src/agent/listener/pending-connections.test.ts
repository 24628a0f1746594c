import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test from 'node:test';

import { PendingConnections } from './pending-connections.ts';

test('a connection is waited for while it may be about to speak, once it has begun, and not when it is gone', async (t) => {
  const clock = { now: 0 };
  const pending = new PendingConnections(() => clock.now);
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [net.Socket];

  assert.equal(pending.some, false);
  pending.expect(socket);
  assert.equal(pending.some, true);
  clock.now = 3_000;
  assert.equal(pending.some, false, 'it has nothing to say');
  client.write('a header, and more');
  await once(socket, 'readable');
  assert.equal(pending.some, true);

  socket.unshift(String(socket.read()).slice('a header'.length));
  pending.expect(socket);
  clock.now = 6_000;
  assert.equal(pending.some, true, 'what came with the header is the beginning of what comes next');
  socket.resume();
  pending.arrived(socket);
  assert.equal(pending.some, false);
  pending.expect(socket);
  assert.equal(pending.some, true);
  client.destroy();
  socket.destroy();
  await once(socket, 'close');
  assert.equal(pending.some, false);
});
