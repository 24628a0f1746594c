import assert from 'node:assert/strict';
import { existsSync, readlinkSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startRadiant, type RunningApp } from '../support/radiant.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

const nameOf = ({ home }: RunningApp, slot: number): string => join(home, 'run', 'app', `app.${slot}.sock`);

/** Who answers behind a slot's stable name. */
function pidBehind(running: RunningApp, slot: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http
      .get({ socketPath: nameOf(running, slot), path: '/api/whoami', agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve((JSON.parse(text) as { pid: number }).pid));
      })
      .on('error', reject);
  });
}

test('a stable name leads to a live worker, whatever becomes of its own', async (t) => {
  const running = await startRadiant({ app, workers: 2 });
  t.after(() => running.stop());
  const [first, second] = (await running.status()).workers;
  assert.deepEqual([await pidBehind(running, 1), await pidBehind(running, 2)], [first!.pid, second!.pid]);

  const died = await running.event((event) => event.type === 'exit' && event.pid === first!.pid);
  const replaced = await running.event((event) => event.type === 'ready' && event.slot === 1);
  process.kill(first!.pid!, 'SIGKILL');
  await died.seen;
  const behind = await pidBehind(running, 1);
  assert.ok([second!.pid, (await running.status()).workers[0]!.pid].includes(behind));
  await replaced.seen;
  assert.equal(await pidBehind(running, 1), (await running.status()).workers[0]!.pid);

  await running.control.scale({ workers: 1 });
  assert.equal(await pidBehind(running, 2), await pidBehind(running, 1), 'the name of an empty slot');
  await running.control.restart({});
  assert.equal(await pidBehind(running, 1), (await running.status()).workers[0]!.pid);

  const link = nameOf(running, 1);
  assert.ok(readlinkSync(link));
  running.process.kill('SIGTERM');
  await running.printed(/app has stopped/);
  assert.equal(existsSync(link), false);
});
