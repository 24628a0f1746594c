import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessRecord } from '../../machine/worker-record.ts';

/**
 * The living processes of the group that a process which has ended has led; none, if its pid leads another one by now, and
 * none without /proc. As long as one of them lives, the kernel gives that number to nobody else (setpgid(2)).
 */
export function groupLeftBy(leader: number): ProcessRecord[] {
  const members = pids().flatMap((pid) => {
    const found = statOf(pid);
    return found?.group === leader && found.session === leader ? { pid, startTime: found.startTime } : [];
  });
  return members.some(({ pid }) => pid === leader) ? [] : members;
}

/** Whether some process has this variable in the environment that it was started with. */
export function anyHasVariable(processes: readonly ProcessRecord[], name: string): boolean {
  return processes.some(({ pid }) => {
    try {
      return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(`\0${name}=`);
    } catch {
      return false; // it has ended, or is somebody else's
    }
  });
}

function pids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** proc(5); undefined for one that has ended, though nobody has reaped it yet. */
function statOf(pid: number): { group: number; session: number; startTime: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return { group: Number(fields[2]), session: Number(fields[3]), startTime: fields[19]! };
  } catch {
    return undefined;
  }
}
