import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { connectionOf, markConnection } from '../connection/connection.ts';
import { Refusals } from '../meter/refusals.ts';
import { Deadlines } from './deadlines.ts';

const headMs = 200;

test('what a client sent while the process stood still is not late', async (t) => {
  const connections = new Set<net.Socket>();
  const server = http.createServer((request, response) => {
    connectionOf(request.socket).latest = request;
    response.setHeader('Connection', 'close').end('served');
  });
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const deadlines = new Deadlines(
    { head: headMs, request: 0 },
    { has: () => false } as never,
    new Refusals(),
  );
  deadlines.watch(connections);
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
  // All of this in one turn: what a busy machine lets pass before does not count.
  markConnection(accepted as net.Socket, 'public');
  connections.add(accepted as net.Socket);
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const end = performance.now() + 2 * headMs;
  while (performance.now() < end);
  assert.match(await text(client), /^HTTP\/1\.1 200 OK\r\n[^]*served$/);
});
