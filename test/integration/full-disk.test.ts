import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, closeSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { freePort, startRadiant } from '../support/radiant.ts';
import { testFolder, tinyApp } from '../support/tiny-apps.ts';

const pageBytes = 4096;
const skip = !process.env.CI && process.getuid?.() !== 0 ? 'it needs root, to mount a small disk' : false;

/** A folder that holds no more than a few megabytes. */
function smallDisk(t: TestContext, root: string): string {
  const folder = join(root, 'disk');
  mkdirSync(folder);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
  assert.equal(mounted.status, 0, String(mounted.stderr));
  t.after(() => assert.equal(spawnSync('umount', ['--lazy', folder]).status, 0));
  return folder;
}

/** Not a byte is free afterwards. */
function fill(file: string): void {
  const fd = openSync(file, 'w');
  try {
    for (const bytes of [1 << 20, 4096, 1]) {
      try {
        for (;;) writeSync(fd, Buffer.alloc(bytes));
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      }
    }
  } finally {
    closeSync(fd);
  }
}

test('on a full disk a hang is ended, and a worker comes when there is room again', { skip }, async (t) => {
  const root = await testFolder(t);
  const home = smallDisk(t, root);
  const program = await tinyApp(root, { label: 'app', breaks: 'hang' });
  const at = { home, port: await freePort() };
  const app = await startRadiant({ app: program, workers: 2, args: ['--hang-timeout', '3s'], at });
  t.after(async () => {
    app.process.kill('SIGTERM');
    await eventually('it has ended', () => app.process.exitCode !== null || app.process.signalCode !== null);
  });
  const log = join(home, 'state', 'app', 'releases', '1', 'log', '1.log');
  // What the file's last page has left would still take a line.
  appendFileSync(log, '.'.repeat(pageBytes - (statSync(log).size % pageBytes)));
  fill(join(home, 'filler'));
  assert.throws(() => appendFileSync(log, 'x'), { code: 'ENOSPC' });
  const { pid } = (await app.status()).workers.find(({ slot }) => slot === 1)!;
  const exit = await app.event((event) => event.type === 'exit' && event.pid === pid);
  process.kill(pid!, 'SIGUSR2');
  const seen = await exit.seen;
  assert.match(seen.type === 'exit' ? seen.reason : '', /event loop hung/);
  assert.equal((await fetch(app.url)).status, 200);
  rmSync(join(home, 'filler'));
  await eventually('both workers are ready', async () =>
    (await app.status()).workers.every((worker) => worker.state === 'ready' && worker.pid !== pid),
  );
});
