import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Bytes that may be used in all, and that are in use and cannot be had back. */
export interface Memory {
  totalBytes: number;
  usedBytes: number;
}

/** Where a control group says how much memory it may use, how much it uses, and how much of that is mere cache. */
interface Hierarchy {
  /** Its line in /proc/self/cgroup. */
  line: RegExp;
  mount: string;
  limit: string;
  usage: string;
  cache: RegExp;
}

/** Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst. */
const hierarchies: readonly Hierarchy[] = [
  {
    line: /^0::(.*)$/m,
    mount: 'sys/fs/cgroup',
    limit: 'memory.max',
    usage: 'memory.current',
    cache: /^inactive_file (\d+)$/m,
  },
  {
    line: /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m,
    mount: 'sys/fs/cgroup/memory',
    limit: 'memory.limit_in_bytes',
    usage: 'memory.usage_in_bytes',
    cache: /^total_inactive_file (\d+)$/m,
  },
];

/**
 * The memory of the machine, or of that control group around this process which leaves the least. `root` is where
 * /proc and /sys are. undefined where /proc cannot be read.
 */
export function readMemory(root = '/'): Memory | undefined {
  const machine = machineMemory(root);
  if (machine === undefined) return undefined;
  const own = read(join(root, 'proc/self/cgroup')) ?? '';
  const groups = hierarchies.flatMap((hierarchy) => groupsAround(root, own, hierarchy));
  const free = ({ totalBytes, usedBytes }: Memory): number => totalBytes - usedBytes;
  return groups.reduce((least, group) => (free(group) < free(least) ? group : least), machine);
}

function machineMemory(root: string): Memory | undefined {
  const text = read(join(root, 'proc/meminfo')) ?? '';
  const [total, available] = ['MemTotal', 'MemAvailable'].map((name) => {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
    return match === null ? undefined : Number(match[1]) * 1024;
  });
  if (total === undefined || available === undefined) return undefined;
  return { totalBytes: total, usedBytes: total - available };
}

/** The group of this process and all above it that have a limit: each of them counts. */
function groupsAround(root: string, own: string, hierarchy: Hierarchy): Memory[] {
  const path = hierarchy.line.exec(own)?.[1];
  if (path === undefined) return [];
  const mount = join(root, hierarchy.mount);
  const found: Memory[] = [];
  for (let folder = join(mount, path); folder.startsWith(mount); folder = dirname(folder)) {
    const group = groupMemory(folder, hierarchy);
    if (group !== undefined) found.push(group);
  }
  return found;
}

function groupMemory(folder: string, { limit, usage, cache }: Hierarchy): Memory | undefined {
  const totalBytes = Number(read(join(folder, limit)));
  const current = Number(read(join(folder, usage)));
  // Without a limit: `max`, or no file at all, or a number of pages that no machine has.
  if (!Number.isSafeInteger(totalBytes) || totalBytes <= 0 || Number.isNaN(current)) return undefined;
  const reclaimable = Number(cache.exec(read(join(folder, 'memory.stat')) ?? '')?.[1] ?? 0);
  return { totalBytes, usedBytes: Math.max(0, current - reclaimable) };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch {
    return undefined;
  }
}
