import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { freePort, startLine } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

const program = join(import.meta.dirname, 'apps', 'prints.cjs');
const alone = ['unshare', '--user', '--map-root-user'];
const skip = !process.env.CI && spawnSync(alone[0]!, [...alone.slice(1), 'true']).status !== 0;

for (const limit of ['max_inotify_instances', 'max_inotify_watches']) {
  test(`an app starts and is heard where ${limit} is used up`, { skip }, async (t) => {
    const [home, port] = [await testFolder(t), await freePort()];
    // A user namespace has a limit of its own (user_namespaces(7)).
    const script = `echo 0 > /proc/sys/user/${limit}; exec "$@"`;
    const command = startLine(program, 'app', '--workers', '1', '--port', String(port));
    const app = spawn(alone[0]!, [...alone.slice(1), 'sh', '-c', script, 'sh', ...command], {
      env: { ...process.env, NO_COLOR: '1', RADIANT_HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(app, 'exit');
    t.after(async () => {
      app.kill('SIGTERM');
      await ended;
    });
    let asked = false;
    for await (const line of createInterface({ input: app.stdout })) {
      if (line.endsWith('that was /1/10')) return;
      if (!asked && line.includes(' is ready at ')) {
        asked = true;
        await (await fetch(`http://127.0.0.1:${port}/1/10`)).text();
      }
    }
    assert.fail('it ended');
  });
}
