import assert from 'node:assert/strict';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { bindAll } from '../../keeper/bind.ts';
import { closed } from '../../../test/support/closed.ts';
import { freePort } from '../../../test/support/radiant.ts';
import { serveAgentCheck } from './agent-check.ts';
import { Weights } from './weights.ts';

async function served(t: TestContext): Promise<number> {
  const port = await freePort();
  const handles = await bindAll([{ host: '127.0.0.1', port }]);
  const workers = [
    { slot: 1, living: true, busy: 0 },
    { slot: 2, living: true, busy: 1 },
  ];
  const server = serveAgentCheck(handles, new Weights(() => workers, 2));
  t.after(() => server.close());
  return port;
}

/** What it answers to `question` before it closes the connection. */
async function ask(port: number, question: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(question);
  return await text(socket).catch((error: NodeJS.ErrnoException) => error.code!);
}

test('one port answers for all slots', async (t) => {
  const port = await served(t);
  assert.equal(await ask(port, '1\n'), 'up 100%\n');
  assert.equal(await ask(port, '2\r\n'), 'up 10%\n');
  assert.equal(await ask(port, '2\n1\n'), 'up 10%\n');
  for (const question of ['3\n', '0\n', '-1\n', '\n', '1e0\n', 'GET / HTTP/1.1\n']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.equal(await ask(port, question), '', question);
  }
});

test('who says nothing, or too much, is cut off', async (t) => {
  const port = await served(t);
  const silent = net.connect(port, '127.0.0.1');
  const slow = net.connect(port, '127.0.0.1').on('error', () => {});
  slow.write('1');
  assert.match(await ask(port, 'x'.repeat(100_000)), /^(?:|ECONNRESET|EPIPE)$/);
  await Promise.all([silent, slow].map((socket) => closed(socket.resume())));
  assert.equal(await ask(port, '1\n'), 'up 100%\n');
});
