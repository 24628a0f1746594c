import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startRadiant } from '../support/radiant.ts';

const app = fileURLToPath(new URL('../fixtures/closing-app.cjs', import.meta.url));

test('a connection that moves to a worker whose server is closed comes back and is answered', async (t) => {
  const running = await startRadiant({ app, workers: 2, args: ['--kill-timeout', '1'] });
  t.after(() => running.stop());
  const ask = async (path: string): Promise<string> => {
    const headers = { cookie: 'radiant-app=1.1', connection: 'close' };
    return (await fetch(running.url + path, { headers })).text();
  };
  assert.equal(await ask('/close'), '1');
  // Each of these is accepted by worker 2 and belongs to worker 1.
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/')));
  assert.deepEqual([...new Set(answers)], ['2']);
});
