import { readFileSync } from 'node:fs';

/**
 * When the kernel started a process, in clock ticks since boot: field 22 of /proc/<pid>/stat (proc(5)), where the
 * command's name before it may hold spaces. A reused pid has another. '' without /proc, for a process that this user may
 * not see, and for one that has ended, though nobody has reaped it yet.
 */
export function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}
