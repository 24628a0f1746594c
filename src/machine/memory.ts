import { join } from 'node:path';
import { groupsAround, ofController, readText as read, unified, type Hierarchy } from './control-groups.ts';

/** Bytes that may be used in all, and that are in use and cannot be had back. */
export interface Memory {
  totalBytes: number;
  usedBytes: number;
}

/** Where a control group says how much memory it may use, how much it uses, and how much of that is mere cache. */
interface Files {
  limit: string;
  usage: string;
  cache: RegExp;
}

const hierarchies: readonly [Hierarchy, Files][] = [
  [unified, { limit: 'memory.max', usage: 'memory.current', cache: /^inactive_file (\d+)$/m }],
  [
    ofController('memory'),
    {
      limit: 'memory.limit_in_bytes',
      usage: 'memory.usage_in_bytes',
      cache: /^total_inactive_file (\d+)$/m,
    },
  ],
];

/**
 * The memory of the machine, or of that control group around this process which leaves the least. `root` is where
 * /proc and /sys are. undefined where /proc cannot be read.
 */
export function readMemory(root = '/'): Memory | undefined {
  const free = ({ totalBytes, usedBytes }: Memory): number => totalBytes - usedBytes;
  return bounds(root)?.reduce((least, each) => (free(each) < free(least) ? each : least));
}

/** The most that may be used in all, in bytes: of the machine, or of the tightest control group. As `readMemory`. */
export function memoryLimit(root = '/'): number | undefined {
  return bounds(root)?.reduce((least, { totalBytes }) => Math.min(least, totalBytes), Infinity);
}

/** The machine, and each control group around this process that has a limit. */
function bounds(root: string): Memory[] | undefined {
  const machine = machineMemory(root);
  if (machine === undefined) return undefined;
  const groups = hierarchies.flatMap(([hierarchy, files]) =>
    groupsAround(root, hierarchy).flatMap((folder) => groupMemory(folder, files) ?? []),
  );
  return [machine, ...groups];
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

function groupMemory(folder: string, { limit, usage, cache }: Files): Memory | undefined {
  const totalBytes = Number(read(join(folder, limit)));
  const current = Number(read(join(folder, usage)));
  // Without a limit: `max`, or no file at all, or a number of pages that no machine has.
  if (!Number.isSafeInteger(totalBytes) || totalBytes <= 0 || Number.isNaN(current)) return undefined;
  const reclaimable = Number(cache.exec(read(join(folder, 'memory.stat')) ?? '')?.[1] ?? 0);
  return { totalBytes, usedBytes: Math.max(0, current - reclaimable) };
}
