import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebSocketServer } from 'ws';
import { defineConfig, type HandOverCallbacks } from './index.ts';

test('defineConfig returns what it is given, and its types refuse what the loader would', () => {
  const env = { A: 1 };
  const config = defineConfig({ port: 80, workers: 'auto', listen: [':80'], killTimeout: '90s', env });
  assert.equal(config.port, 80);
  // @ts-expect-error a boolean is no port
  defineConfig({ port: true });
  // @ts-expect-error there are three affinities
  defineConfig({ affinity: 'sticky' });
  // @ts-expect-error the configuration file cannot name another one
  defineConfig({ config: 'x' });
});

test('what an app finds in a worker has types', () => {
  const callbacks: HandOverCallbacks = { give: ({ id }) => [id], take: (connection) => connection.id !== '' };
  process.radiant?.onHandOver(callbacks);
  // @ts-expect-error two functions
  process.radiant?.onHandOver({ give: () => null });
  assert.equal(process.radiant, undefined, 'this is no worker');
});

const namedServer = (server: WebSocketServer): void =>
  process.radiant?.onHandOver({
    server,
    give: (socket) => socket.protocol,
    take: (socket, state, request) => socket.send(String([state, request])),
  });

test('a server of the package ws is taken for one, and gives its WebSockets their type', () => {
  namedServer(undefined as unknown as WebSocketServer);
});
