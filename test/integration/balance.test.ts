import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));
const workers = 8;

async function open(url: string): Promise<{ socket: WebSocket; pid: number }> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const [message] = (await once(socket, 'message')) as [Buffer];
  return { socket, pid: (JSON.parse(message.toString()) as { pid: number }).pid };
}

/** How many WebSockets each worker has, the fullest first. */
function spread(sockets: readonly { pid: number }[]): number[] {
  const counts = new Map<number, number>();
  for (const { pid } of sockets) counts.set(pid, (counts.get(pid) ?? 0) + 1);
  return [...counts.values()].sort((a, b) => b - a);
}

async function check(
  t: test.TestContext,
  name: string,
  running: RunningApp,
  sockets: { pid: number; socket: WebSocket }[],
): Promise<void> {
  const counts = spread(sockets);
  t.diagnostic(`${name}: ${sockets.length} WebSockets on ${workers} workers: ${counts.join(' ')}`);
  assert.ok(counts[0]! <= 1.25 * (sockets.length / workers), `fullest ${counts[0]} of ${sockets.length}`);
  await eventually('status counts what the clients count', async () => {
    const { workers: told } = await running.status();
    return isDeepStrictEqual(
      told.map(({ websockets }) => websockets).sort((a, b) => b - a),
      counts,
    );
  });
  await Promise.all(
    sockets.map(({ socket }) => {
      const closed = once(socket, 'close');
      socket.terminate();
      return closed;
    }),
  );
}

test('WebSockets are spread evenly, opened slowly or all within a second', async (t) => {
  const running = await startRadiant({ app, workers });
  t.after(() => running.stop());
  const url = running.url.replace('http', 'ws');

  const slowly: { socket: WebSocket; pid: number }[] = [];
  // oxlint-disable-next-line no-await-in-loop -- slowly: one after the other
  for (let i = 0; i < 800; i += 1) slowly.push(await open(url));
  await check(t, 'slowly', running, slowly);

  const started = Date.now();
  const burst = Array.from({ length: 1000 }, () => open(url));
  const opened = await Promise.all(burst);
  t.diagnostic(`the burst took ${Date.now() - started} ms`);
  await check(t, 'within a second', running, opened);
});
