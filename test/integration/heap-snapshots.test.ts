import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { startRadiant } from '../support/radiant.ts';

const app = fileURLToPath(new URL('apps/leaks.cjs', import.meta.url));

test('a worker near its heap limit writes a heap snapshot', async (t) => {
  const running = await startRadiant({
    app,
    workers: 1,
    // Writing takes longer than this, and is no hang.
    args: ['--heap-snapshots', '1', '--hang-timeout', '3'],
    env: { NODE_OPTIONS: '--max-old-space-size=24' },
  });
  t.after(() => running.stop());
  const { pid } = (await running.status()).workers[0]!;
  const written = await running.event(({ type }) => type === 'snapshot');
  const exit = await running.event((event) => event.type === 'exit' && event.pid === pid);
  process.kill(pid!, 'SIGUSR2');
  const event = await written.seen;
  assert.ok(event.type === 'snapshot');
  assert.deepEqual([event.slot, event.pid], [1, pid]);
  assert.match(event.file, /\/releases\/1\/heap\/Heap\./);
  const { snapshot } = JSON.parse(await readFile(event.file, 'utf8')) as { snapshot: { node_count: number } };
  assert.ok(snapshot.node_count > 10_000);
  const ended = await exit.seen;
  assert.ok(ended.type === 'exit');
  // What it would have come to anyway: no memory is left, and before that hardly anything but collecting garbage.
  assert.match(ended.reason, /^ended by SIGABRT$|event loop hung for .*leaks\.cjs/);
});
