import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { memoryLimit, readMemory } from './memory.ts';

const MiB = 2 ** 20;
const meminfo = 'MemTotal:        8388608 kB\nMemFree:          100000 kB\nMemAvailable:    6291456 kB\n';

function machine(context: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'radiant-memory-'));
  context.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries({ 'proc/meminfo': meminfo, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test('without control groups the machine counts', (context) => {
  const root = machine(context, {});
  assert.deepEqual(readMemory(root), { totalBytes: 8192 * MiB, usedBytes: 2048 * MiB });
});

test('the tightest control group above the process counts (v2), without the cache that can be dropped', (context) => {
  const root = machine(context, {
    'proc/self/cgroup': '0::/shop.slice/shop.service\n',
    'sys/fs/cgroup/shop.slice/shop.service/memory.max': 'max\n',
    'sys/fs/cgroup/shop.slice/shop.service/memory.current': `${100 * MiB}\n`,
    'sys/fs/cgroup/shop.slice/memory.max': `${512 * MiB}\n`,
    'sys/fs/cgroup/shop.slice/memory.current': `${400 * MiB}\n`,
    'sys/fs/cgroup/shop.slice/memory.stat': `anon 1\ninactive_file ${150 * MiB}\nactive_file 7\n`,
  });
  assert.deepEqual(readMemory(root), { totalBytes: 512 * MiB, usedBytes: 250 * MiB });
  assert.equal(memoryLimit(root), 512 * MiB);
});

test('a control group of version 1 counts too, unless it has no limit', (context) => {
  const group = 'sys/fs/cgroup/memory/docker/abc';
  const limited = machine(context, {
    'proc/self/cgroup': '12:cpu,cpuacct:/x\n5:memory:/docker/abc\n0::/\n',
    [`${group}/memory.limit_in_bytes`]: `${1024 * MiB}\n`,
    [`${group}/memory.usage_in_bytes`]: `${1000 * MiB}\n`,
    [`${group}/memory.stat`]: `inactive_file 5\ntotal_inactive_file ${600 * MiB}\n`,
  });
  assert.deepEqual(readMemory(limited), { totalBytes: 1024 * MiB, usedBytes: 400 * MiB });
  const unlimited = machine(context, {
    'proc/self/cgroup': '5:memory:/\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    'sys/fs/cgroup/memory/memory.usage_in_bytes': `${1000 * MiB}\n`,
  });
  assert.equal(readMemory(unlimited)?.totalBytes, 8192 * MiB);
});

test('a group that this process sees from inside stands at the root', (context) => {
  const root = machine(context, {
    'proc/self/cgroup': '0::/\n',
    'sys/fs/cgroup/memory.max': `${256 * MiB}\n`,
    'sys/fs/cgroup/memory.current': `${64 * MiB}\n`,
  });
  assert.deepEqual(readMemory(root), { totalBytes: 256 * MiB, usedBytes: 64 * MiB });
});

test('the limit is the smallest, whoever leaves the least at the moment', (context) => {
  const root = machine(context, {
    'proc/meminfo': 'MemTotal: 8388608 kB\nMemAvailable: 102400 kB\n',
    'proc/self/cgroup': '0::/\n',
    'sys/fs/cgroup/memory.max': `${512 * MiB}\n`,
    'sys/fs/cgroup/memory.current': `${64 * MiB}\n`,
  });
  assert.equal(readMemory(root)?.totalBytes, 8192 * MiB);
  assert.equal(memoryLimit(root), 512 * MiB);
});

test('where there is no /proc nothing is known', () => {
  assert.equal(readMemory('/nowhere'), undefined);
  assert.equal(memoryLimit('/nowhere'), undefined);
});
