import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Socket } from 'socket.io-client';
import { crowd } from '../support/crowd.ts';
import { startRadiant } from '../support/radiant.ts';
import { connectSocketIo, upgraded } from '../support/socketio-client.ts';

const app = fileURLToPath(new URL('../../examples/socketio-app', import.meta.url));
const clients = 200;

interface Answer {
  value: number;
  pid: number;
  transport: string;
}

interface Visit {
  socket: Socket;
  first: number;
}

/** Connects by polling and upgrades, as Socket.IO does by itself; asks before and after. */
async function visit(url: string, index: number): Promise<Visit> {
  const socket = await connectSocketIo(url, { transports: ['polling', 'websocket'] });
  const ask = (): Promise<Answer> => socket.timeout(30_000).emitWithAck('echo', index) as Promise<Answer>;
  const first = await ask();
  await upgraded(socket);
  const second = await ask();
  assert.deepEqual([first.value, second.value], [index, index]);
  assert.equal(second.transport, 'websocket');
  assert.equal(second.pid, first.pid, 'the session has stayed in its worker');
  return { socket, first: first.pid };
}

for (const affinity of ['client', 'session']) {
  test(`${clients} Socket.IO clients, affinity ${affinity}`, async (t) => {
    const running = await startRadiant({ app, workers: 4, args: ['--affinity', affinity] });
    t.after(() => running.stop());
    const open = (index: number): Promise<Visit> => visit(running.url, index);
    const visits = await crowd(clients, 25, open);
    const pids = [...new Set(visits.map(({ first }) => first))];
    const spread = pids.map((pid) => visits.filter(({ first }) => first === pid).length);
    t.diagnostic(`clients of each worker: ${spread.join(' ')}`);
    assert.ok(Math.max(...spread) <= 1.25 * (clients / 4));
    await Promise.all(
      visits.map(({ socket }) => {
        const gone = once(socket as never, 'disconnect');
        socket.disconnect();
        return gone;
      }),
    );
  });
}
