import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startTimeOf } from '../../src/bundle/process-start.ts';
import { startRadiant } from '../support/radiant.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

/** A process that has ended and was not reaped yet does not live. */
const lives = (pid: number): boolean => startTimeOf(pid) !== '';

test('a stop right after the death of the supervisor stops the workers that it left', async (t) => {
  const running = await startRadiant({ app });
  t.after(() => running.stop());
  const { supervisor, workers } = await running.status();
  process.kill(supervisor.pid, 'SIGKILL');
  running.process.kill('SIGTERM');
  const [code] = (await once(running.process, 'exit')) as [number | null];
  assert.equal(code, 0);
  assert.deepEqual(
    workers.filter(({ pid }) => lives(pid!)),
    [],
  );
});
