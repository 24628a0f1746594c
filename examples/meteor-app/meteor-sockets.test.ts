import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { WebSocket } from 'ws';
import { connect } from '../../test/support/ddp-client.ts';
import { meteorBundle } from '../../test/support/meteor-bundle.ts';
import { startApp } from './app-process.ts';

const require = createRequire(import.meta.url);
let bundle: string;

before(async () => {
  bundle = (await meteorBundle()).path;
});

/** What the server answers to an offer of extensions. */
async function negotiate(url: string, offer: string) {
  const request = http.get(`${url}/websocket`, {
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      'Sec-WebSocket-Extensions': offer,
    },
  });
  const [response, socket] = await once(request, 'upgrade');
  socket.destroy();
  return response.headers['sec-websocket-extensions'];
}

test('is negotiated as the client asks, unless SERVER_WEBSOCKET_COMPRESSION is false', async (t) => {
  const { url } = await startApp(t, bundle);
  const offers = {
    'permessage-deflate': 'permessage-deflate',
    'permessage-deflate; client_max_window_bits': 'permessage-deflate',
    'permessage-deflate; server_max_window_bits=9': 'permessage-deflate; server_max_window_bits=9',
    'permessage-deflate; server_no_context_takeover': 'permessage-deflate; server_no_context_takeover',
    'x-unknown': undefined,
  };
  for (const [offer, answer] of Object.entries(offers)) {
    assert.equal(await negotiate(url, offer), answer, offer);
  }
  const plain = await startApp(t, bundle, { SERVER_WEBSOCKET_COMPRESSION: 'false' });
  assert.equal(await negotiate(plain.url, 'permessage-deflate'), undefined);
});

test('messages go through, compressed', async (t) => {
  const { url } = await startApp(t, bundle);
  const socket = new WebSocket(`${url.replace('http', 'ws')}/websocket`);
  t.after(() => socket.terminate());
  await new Promise((resolve) => socket.once('open', resolve));
  assert.match(socket.extensions, /permessage-deflate/);
  const results = [1, 10_000, 10].map((length) => 'ab'.repeat(length));
  const messages: string[] = [];
  const answered = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      // oxlint-disable-next-line typescript/no-base-to-string -- a Buffer
      if (messages.push(String(data)) === 1 + 2 * results.length) resolve();
    });
  });
  socket.send(JSON.stringify({ msg: 'connect', version: '1', support: ['1'] }));
  for (const result of results) {
    socket.send(JSON.stringify({ msg: 'method', id: '1', method: 'echo', params: [result] }));
  }
  await answered;
  assert.deepEqual(
    messages.slice(1),
    results.flatMap((result) => [
      '{"msg":"updated","methods":["1"]}',
      JSON.stringify({ msg: 'result', id: '1', result }),
    ]),
  );
});

test('a socket has what DDP needs of it, and its session', async (t) => {
  const ddp = join(bundle, 'programs/server/ddp');
  const { StreamServer } = require(join(ddp, 'stream-server.js'));
  const { Server } = require(join(ddp, 'server.js'));
  const httpServer = http.createServer().listen(0, '127.0.0.1');
  t.after(() => httpServer.close());
  await once(httpServer, 'listening');
  const stream = new StreamServer(httpServer, '');
  const server = new Server({}, stream);
  server.methods({ echo: (value: unknown) => value });
  assert.equal(stream.registration_callbacks.length, 1);
  assert.equal(typeof stream.server.installHandlers, 'function');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
  const { port } = httpServer.address() as AddressInfo;
  for (const transport of ['raw', 'websocket'] as const) {
    const client = await connect(`http://127.0.0.1:${port}`, { transport });
    const long = 'x'.repeat(100_000);
    assert.equal(await client.call('echo', long), long);
    const [socket] = stream.open_sockets;
    assert.equal(socket._meteorSession, server.sessions.get(client.session));
    assert.equal(typeof socket.send, 'function');
    assert.equal(typeof socket.setWebsocketTimeout, 'function');
    const ended = new Promise((resolve) => socket.on('close', resolve));
    socket._meteorSession.connectionHandle.close();
    await Promise.all([ended, client.closed]);
    assert.deepEqual([stream.open_sockets, server.sessions.size], [[], 0]);
  }
});

test('USE_JSESSIONID and DISABLE_SOCKJS_CORS are obeyed', async (t) => {
  const info = async (env: Record<string, string>) => {
    const { url } = await startApp(t, bundle, env);
    const response = await fetch(`${url}/sockjs/info`, { headers: { origin: 'http://a.example' } });
    const { cookie_needed: cookie } = JSON.parse(await response.text());
    return [cookie, response.headers.get('access-control-allow-origin')];
  };
  assert.deepEqual(await info({}), [false, 'http://a.example']);
  assert.deepEqual(await info({ USE_JSESSIONID: '1', DISABLE_SOCKJS_CORS: '1' }), [true, null]);
});
