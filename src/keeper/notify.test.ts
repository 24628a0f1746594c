import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../../test/support/eventually.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { takeServiceManager } from './notify.ts';

/** An environment whose systemd-notify writes down what it is to say, until its last one has ended. */
function service(rest: Record<string, string>): { env: NodeJS.ProcessEnv; said: () => string } {
  const folder = temporaryFolder('rad-notify-');
  const file = join(folder, 'said');
  const script = `#!/bin/sh\necho "$NOTIFY_SOCKET $@" >> ${file}\n`;
  writeFileSync(join(folder, 'systemd-notify'), script, { mode: 0o755 });
  const env = { PATH: `${folder}:${process.env.PATH}`, NOTIFY_SOCKET: '/s', ...rest };
  return { env, said: () => (existsSync(file) ? readFileSync(file, 'utf8') : '') };
}

test('the watchdog hears of it only while the supervisor answers', async (t) => {
  const { env, said } = service({ WATCHDOG_USEC: '20000', WATCHDOG_PID: '7' });
  const manager = takeServiceManager(env, 7);
  assert.deepEqual(Object.keys(env), ['PATH'], 'it is not for the app');
  let [asked, well] = [0, false];
  const end = manager.watch(async () => {
    asked += 1;
    if (!well) throw new Error('it hangs');
  });
  t.after(end);
  await eventually('it was asked', () => asked > 3);
  assert.equal(said(), '');
  well = true;
  await eventually('the watchdog is told', () => said().startsWith('/s WATCHDOG=1\n'));
});

test('the watchdog of another process, and none at all, are not told', async () => {
  for (const rest of [{ WATCHDOG_USEC: '20000', WATCHDOG_PID: '8' }, {}]) {
    const { env, said } = service(rest);
    const manager = takeServiceManager(env, 7);
    const end = manager.watch(() => assert.fail('nobody wants to know'));
    manager.ready();
    // oxlint-disable-next-line no-await-in-loop
    await eventually('it is told to be ready', () => said() === '/s --ready --pid=7\n');
    end();
  }
});
