import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { usableCores } from './cores.ts';

function machine(t: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'radiant-cores-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const cases: [string, Record<string, string>, number][] = [
  ['no control groups: those of the machine', {}, 8],
  [
    'version 2: the tightest of all groups above, whole ones only',
    {
      'proc/self/cgroup': '0::/shop.slice/shop.service\n',
      'sys/fs/cgroup/shop.slice/shop.service/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/shop.slice/cpu.max': '250000 100000\n',
    },
    2,
  ],
  [
    'version 2, in a container that sees its group as the root: less than one is one',
    { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '50000 100000\n' },
    1,
  ],
  [
    'version 1',
    {
      'proc/self/cgroup': '4:cpu,cpuacct:/docker/abc\n0::/\n',
      'sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us': '300000\n',
      'sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us': '100000\n',
    },
    3,
  ],
  [
    'version 1 without a limit',
    {
      'proc/self/cgroup': '1:cpu:/\n',
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    8,
  ],
];

for (const [name, files, cores] of cases) {
  test(`usable cores: ${name}`, (t) => assert.equal(usableCores(machine(t, files), 8), cores));
}

/** Makes a real group that may use one processor; undefined where there is no right to, or no such controller. */
function realGroup(t: TestContext): string | undefined {
  const folder = `/sys/fs/cgroup/cpu/radiant-test-${process.pid}`;
  try {
    mkdirSync(folder);
    t.after(() => rmdirSync(folder));
    writeFileSync(join(folder, 'cpu.cfs_period_us'), '100000');
    writeFileSync(join(folder, 'cpu.cfs_quota_us'), '100000');
    return folder;
  } catch {
    return undefined;
  }
}

test('usable cores: in a real control group', (t) => {
  const folder = realGroup(t);
  if (folder === undefined || availableParallelism() < 2) return t.skip('no group can be made here');
  const script = `import { usableCores } from ${JSON.stringify(join(import.meta.dirname, 'cores.ts'))};
    console.log(usableCores());`;
  const enter = 'echo $$ > "$0/cgroup.procs"; exec "$@"';
  const node = [process.execPath, '--input-type=module', '--eval', script];
  assert.equal(execFileSync('sh', ['-c', enter, folder, ...node], { encoding: 'utf8' }), '1\n');
});
