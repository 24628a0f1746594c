import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { markConnection } from '../connection/connection.ts';
import { Drain, type DrainParts } from './drain.ts';
import { startReading, stopReading } from '../runtime/internals.ts';

const nowhere = { obstacleOf: () => 'no worker takes it' as const, give: () => {} };

/** A server, and a drain of it; what departs to another worker is told. */
async function serve(t: TestContext, others = true) {
  const connections = new Set<net.Socket>();
  const server = http.createServer((request, response) => {
    request.resume();
    response.setHeader('Connection', 'close').end('served');
  });
  server.on('connection', (socket: net.Socket) => {
    markConnection(socket, 'public');
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const connect = (): net.Socket => {
    const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
    t.after(() => client.destroy());
    return client;
  };
  const departed = Promise.withResolvers<() => void>();
  let departures = 0;
  const handoff = {
    possible: () => others,
    depart: (socket: net.Socket, _bytes: Buffer, _to: object, stay: () => void) => {
      departures += 1;
      stopReading(socket);
      departed.resolve(() => {
        startReading(socket);
        stay();
      });
    },
  };
  const app = { connections, expectsConnections: false, stopAccepting: () => {} };
  const parts: DrainParts = {
    members: { othersOpen: others },
    handoff,
    websockets: { has: () => false, staying: () => [], close: () => {}, endOthers: () => {} },
    ddp: {
      found: false,
      size: 0,
      onIdle: undefined,
      all: () => [],
      look: () => {},
      close: () => {},
      has: () => false,
      isIdle: () => true,
    },
    sessions: { own: () => [] },
    polls: {
      leaving: 0,
      waiting: 0,
      stopLeaving: () => {},
      isLeaving: () => false,
      leave: () => {},
      sockets: () => new Set<net.Socket>(),
    },
    returning: { awaits: () => false },
    handOvers: { sessions: nowhere, sockets: nowhere },
    departing: { calm: true, closed: false },
  };
  const done = Promise.withResolvers<number>();
  const begin = (): Drain => new Drain(app, parts, done.resolve);
  return {
    server,
    connect,
    begin,
    departed: departed.promise,
    done: done.promise,
    departures: () => departures,
  };
}

test('what asks while it is on its way, and comes back, is answered', async (t) => {
  const { server, connect, begin, departed, done, departures } = await serve(t);
  const client = connect();
  await once(server, 'connection');
  begin();
  const comeBack = await departed;
  client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx');
  comeBack();
  assert.match(await text(client), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nserved$/);
  assert.equal(await done, 0);
  assert.equal(departures(), 1);
});

test('what is accepted in the turn in which it begins is waited for', async (t) => {
  const { server, connect, begin, departed, done } = await serve(t);
  // The supervisor's word is read just before it.
  server.prependOnceListener('connection', begin);
  const client = connect();
  let ended = false;
  void done.then(() => (ended = true));
  const comeBack = await departed;
  assert.equal(ended, false);
  comeBack();
  client.destroy();
  await done;
});

test('where the whole app stops, a request that was on its way is answered; what stays silent ends', async (t) => {
  const { server, connect, begin, done } = await serve(t, false);
  const [silent, client] = [connect(), connect()];
  const accepted = new Promise<void>((resolve) => {
    let count = 0;
    server.on('connection', () => (count += 1) === 2 && resolve());
  });
  await accepted;
  begin();
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.match(await text(client), /^HTTP\/1\.1 200 OK\r\n[^]*served$/);
  assert.equal(await text(silent), '');
  assert.equal(await done, 0);
});
