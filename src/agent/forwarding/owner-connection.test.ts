import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type TestContext } from 'node:test';
import type { StreamEnd } from '../carrier/stream.ts';
import { ForwardedRequest } from './forwarded-request.ts';
import { OwnerConnection } from './owner-connection.ts';

/** What an owner does with the head of each request that it is sent, by its number on the stream. */
type Owner = (client: StreamEnd, head: string) => void;

const silent: StreamEnd = {
  data: () => {},
  last: () => {},
  began: () => {},
  answered: () => {},
  credit: () => {},
  end: () => {},
  abort: () => {},
  gone: () => {},
};

const answer: Owner = (client, head) => {
  const body = head.split(' ')[1]!;
  client.began();
  client.data(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
  client.answered(200, false);
};
const leave: Owner = (client) => client.gone();

/** A server that forwards each client's requests to one owner, which does so on its first stream, so on its second. */
async function forwarding(t: TestContext, streams: Owner[][]): Promise<(path: string) => Promise<string>> {
  const connections = new WeakMap<object, OwnerConnection>();
  const open = (end: StreamEnd): StreamEnd => {
    const acts = streams.shift() ?? [];
    const data = (head: Buffer): void => {
      const act = acts.shift();
      setImmediate(() => act?.(end, head.toString('latin1')));
    };
    return { ...silent, data };
  };
  const server = http.createServer((request, response) => {
    const { socket } = request;
    const connection = connections.get(socket) ?? new OwnerConnection(socket, open, () => {});
    connections.set(socket, connection);
    connection.forward(new ForwardedRequest(request, response, false, () => response.end('elsewhere')));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => {
    agent.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return async (path) => {
    const [response] = (await once(http.get({ port, host: '127.0.0.1', agent, path }), 'response')) as [
      http.IncomingMessage,
    ];
    return Buffer.concat(await response.toArray()).toString();
  };
}

test('the requests of a client go to its owner one after the other', async (t) => {
  const ask = await forwarding(t, [[answer, answer]]);
  assert.equal(await ask('/1'), '/1');
  assert.equal(await ask('/2'), '/2');
});

test('a stream that the owner left at the moment that it was used again is opened again', async (t) => {
  const ask = await forwarding(t, [
    [answer, leave],
    [answer, answer],
  ]);
  assert.equal(await ask('/1'), '/1');
  assert.equal(await ask('/2'), '/2');
  assert.equal(await ask('/3'), '/3');
});

test('what an owner that cannot be had never began is served elsewhere', async (t) => {
  const ask = await forwarding(t, [[answer, leave], [leave], [answer]]);
  assert.equal(await ask('/1'), '/1');
  assert.equal(await ask('/2'), 'elsewhere');
  assert.equal(await ask('/3'), '/3');
});
