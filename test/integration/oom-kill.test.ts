import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { startRadiant } from '../support/radiant.ts';

const program = join(import.meta.dirname, 'apps', 'hoards.cjs');
const limit = String(128 << 20);
/** Where groups with a limit can be made, and how it is called: of version 2 and 1. */
const kinds = [
  ['/sys/fs/cgroup', 'memory.max'],
  ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
] as const;
const usable = kinds.find(([folder]) => existsSync(join(folder, 'cgroup.procs')));
const skip = process.env.CI || (usable && process.getuid?.() === 0) ? false : 'no control groups to make';

/** A control group that a process may be put into; removed when its last one has ended. */
async function group(t: TestContext): Promise<string> {
  const [top, file] = usable!;
  if (file === 'memory.max') await writeFile(join(top, 'cgroup.subtree_control'), '+memory');
  const folder = join(top, `radiant-${randomUUID()}`);
  await mkdir(folder);
  t.after(() =>
    eventually('the group is empty', () =>
      rmdir(folder).then(
        () => true,
        () => false,
      ),
    ),
  );
  await writeFile(join(folder, file), limit);
  return folder;
}

test('a worker that the kernel killed for memory is said to be that', { skip }, async (t) => {
  const folder = await group(t);
  const app = await startRadiant({ app: program, workers: 1 });
  t.after(() => app.stop());
  const hoarding = async (end: NodeJS.Signals): Promise<string> => {
    const pid = await eventually('a worker is ready', async () => {
      const worker = (await app.status()).workers[0]!;
      return worker.state === 'ready' ? worker.pid : undefined;
    });
    await writeFile(join(folder, 'cgroup.procs'), String(pid));
    const exit = await app.event((event) => event.type === 'exit' && event.pid === pid);
    process.kill(pid, end);
    const seen = await exit.seen;
    assert.equal(seen.type, 'exit');
    return seen.reason;
  };
  const reason = 'was killed by the kernel, because memory ran out';
  assert.equal(await hoarding('SIGUSR2'), reason);
  const log = await readFile(join(app.home, 'state', 'app', 'releases', '1', 'log', '1.log'), 'utf8');
  assert.match(log, new RegExp(`radiant: it ${reason}`));
  assert.equal(await hoarding('SIGKILL'), 'ended by SIGKILL');
});
