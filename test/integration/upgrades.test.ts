import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext } from 'node:test';
import { nodesInTurn } from '../fixtures/nodes.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';
import { RawClient } from './http-raw.ts';

/** Echoes in whatever protocol it is asked for, and says something by itself without end; it hears no errors. */
const server = `require('http').createServer((request, response) => response.end(String(process.pid)))
  .on('upgrade', (request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: ' + request.headers.upgrade + '\\r\\n\\r\\n');
    socket.on('data', (bytes) => socket.write(bytes)).on('end', () => socket.end());
    if (request.url === '/talks') setInterval(() => socket.write('.'), 20);
  })
  .listen(process.env.PORT);`;

const protocols = ['tcp', 'h2c', 'own/1.0', 'TLS/1.2, tcp'];

interface Place {
  app: RunningApp;
  clients: RawClient[];
}

async function start(t: TestContext, node: string, drainTimeout: string): Promise<Place> {
  const file = join(await testFolder(t), 'main.js');
  await writeFile(file, server);
  const app = await startRadiant({
    app: file,
    workers: 1,
    args: ['--node', node, '--drain-timeout', drainTimeout],
  });
  const clients: RawClient[] = [];
  t.after(() => {
    for (const client of clients) client.socket.destroy();
    return app.stop();
  });
  return { app, clients };
}

interface Upgraded {
  client: RawClient;
  /** Resolves when the server has ended its half. */
  ended: Promise<void>;
}

async function upgraded({ app, clients }: Place, protocol: string, path: string): Promise<Upgraded> {
  const client = new RawClient({ port: app.port, host: '127.0.0.1', allowHalfOpen: true });
  clients.push(client);
  const ended = new Promise<void>((resolve) => client.socket.once('end', resolve));
  const settings = protocol === 'h2c' ? ', HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__' : '';
  client.send(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade${settings}\r\nUpgrade: ${protocol}\r\n\r\n`,
  );
  assert.match((await client.answer()).status, / 101 /);
  return { client, ended };
}

for (const { version, path: node, test } of await nodesInTurn('14.21.3', '26')) {
  test(`what was upgraded to no WebSocket goes on in a drain until it ends by itself, Node ${version}`, async (t) => {
    const place = await start(t, node, '300s');
    const { app } = place;
    const all = await Promise.all(protocols.map((protocol) => upgraded(place, protocol, '/')));
    const before = (await app.status()).workers.map(({ pid }) => pid);
    const restarted = app.control.restart({});
    await eventually('the one that holds them drains, and has a successor', async () => {
      const { workers } = await app.status();
      return workers.some(({ pid, state }) => state === 'ready' && !before.includes(pid));
    });
    for (const { client } of all) client.send('still here\n');
    await Promise.all(all.map(({ client }) => client.received('still here\n')));
    for (const { client } of all) {
      assert.equal(client.text, 'still here\n');
      client.socket.end();
    }
    await restarted;
    await eventually('it ends', async () => {
      const { workers } = await app.status();
      return workers.every(({ pid }) => !before.includes(pid));
    });
  });

  test(`at the deadline it is half-closed, and nothing is written into it, Node ${version}`, async (t) => {
    const place = await start(t, node, '1s');
    const { app } = place;
    const all = await Promise.all(
      protocols.map((protocol, index) => upgraded(place, protocol, index % 2 === 0 ? '/' : '/talks')),
    );
    await app.control.restart({});
    await Promise.all(all.map(({ ended }) => ended));
    for (const { client } of all) {
      assert.match(client.text, /^\.*$/);
      assert.equal(client.failure, 'no error');
      client.socket.destroy();
    }
    await eventually('it is replaced', async () => {
      const { workers } = await app.status();
      return workers.length === 1 && workers.every(({ state }) => state === 'ready');
    });
    assert.doesNotMatch(app.output(), /exit code [1-9]|Error/);
  });
}
