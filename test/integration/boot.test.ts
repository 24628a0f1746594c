import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Writable } from 'node:stream';
import { agentPath } from '../../src/installation.ts';
import { bootVariable } from '../../src/protocol/boot.ts';
import { appNodes } from '../fixtures/nodes.ts';
import { testFolder } from '../support/tiny-apps.ts';

const bootFd = 3;

/** What a worker prints, and its exit code, when its supervisor dies after it has written `text` of its boot data. */
async function bornWith(text: string, node: string, app: string): Promise<[string, number | null]> {
  const child = spawn(node, ['--require', agentPath, app], {
    env: { ...process.env, [bootVariable]: String(bootFd) },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'ipc'],
  });
  let output = '';
  child.stdout!.setEncoding('utf8').on('data', (more: string) => (output += more));
  (child.stdio[bootFd] as Writable).end(text);
  const [code] = (await once(child, 'close')) as [number | null];
  return [output, code];
}

test('a worker whose supervisor dies before it has a record of it ends before the first line of the app', async (t) => {
  const app = join(await testFolder(t), 'app.js');
  await writeFile(app, "console.log('the app has begun'); setInterval(() => {}, 1000);");
  for (const node of await appNodes()) {
    for (const text of ['', '{"slot":1,"work']) {
      // oxlint-disable-next-line no-await-in-loop -- one process at a time
      assert.deepEqual(await bornWith(text, node.path, app), ['', 1], `Node ${node.version}, ${text}`);
    }
  }
});
