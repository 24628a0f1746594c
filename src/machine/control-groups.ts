import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where Linux keeps the control groups of one kind: cgroups(7). */
export interface Hierarchy {
  /** Its line in /proc/self/cgroup. */
  line: RegExp;
  mount: string;
}

/** Version 2 has one tree for all controllers (Documentation/admin-guide/cgroup-v2.rst). */
export const unified: Hierarchy = { line: /^0::(.*)$/m, mount: 'sys/fs/cgroup' };

/** Version 1 has a tree for each controller (Documentation/admin-guide/cgroup-v1). */
export const ofController = (controller: string): Hierarchy => ({
  line: new RegExp(`^\\d+:(?:[^:]*,)?${controller}(?:,[^:]*)?:(.*)$`, 'm'),
  mount: `sys/fs/cgroup/${controller}`,
});

/** The folders of this process's group and of all above it: the limits of each count. `root`: where /proc and /sys are. */
export function groupsAround(root: string, { line, mount }: Hierarchy): string[] {
  const path = line.exec(readText(join(root, 'proc/self/cgroup')) ?? '')?.[1];
  if (path === undefined) return [];
  const top = join(root, mount);
  const folders: string[] = [];
  for (let folder = join(top, path); folder.startsWith(top); folder = dirname(folder)) folders.push(folder);
  return folders;
}

/** undefined where it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch {
    return undefined;
  }
}
