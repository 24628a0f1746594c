import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { addField } from './response-head.ts';

type Write = (response: http.ServerResponse) => void;

/** Every way in which an app, or the agent itself, writes headers. */
const ways: Record<string, Write> = {
  'by itself': (response) => response.end(),
  'set before': (response) => response.setHeader('X-Own', 'yes').end(),
  object: (response) => response.writeHead(200, { 'X-Own': 'yes' }).end(),
  'object and reason': (response) => response.writeHead(200, 'Fine', { 'X-Own': 'yes' }).end(),
  'names and values': (response) => response.writeHead(200, ['X-Own', 'yes']).end(),
  'names and values after one was set': (response) =>
    response.setHeader('X-Other', '1').writeHead(200, ['X-Own', 'yes']).end(),
  pairs: (response) => response.writeHead(200, [['X-Own', 'yes']] as never).end(),
  'an empty list': (response) => response.writeHead(200, []).end(),
};

async function written(write: Write): Promise<http.IncomingHttpHeaders> {
  const server = http.createServer((_request, response) => {
    addField(response, 'X-Added', 'added');
    write(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const [response] = (await once(http.get({ port, host: '127.0.0.1', agent: false }), 'response')) as [
    http.IncomingMessage,
  ];
  response.resume();
  await once(response, 'end');
  server.close();
  return response.headers;
}

for (const [way, write] of Object.entries(ways)) {
  test(`a field is added to headers that come as ${way}`, async () => {
    const headers = await written(write);
    assert.equal(headers['x-added'], 'added');
    if (!/itself|empty/.test(way)) assert.equal(headers['x-own'], 'yes');
  });
}

test("the app's own value stands", async () => {
  const own: Record<string, Write> = {
    set: (response) => response.setHeader('x-added', 'own').end(),
    object: (response) => response.writeHead(200, { 'X-ADDED': 'own' }).end(),
    pairs: (response) => response.writeHead(200, [['x-Added', 'own']] as never).end(),
  };
  for (const [way, write] of Object.entries(own)) {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal((await written(write))['x-added'], 'own', way);
  }
});
