import { readdirSync, readFileSync } from 'node:fs';

/** A process, told from a later one with the same id by when it started. */
export interface Member {
  pid: number;
  /** Clock ticks since boot. */
  started: string;
}

interface Stat extends Member {
  parent: number;
}

/** The fields of `/proc/PID/stat`, see proc(5). The name may hold spaces and parentheses, so they are counted after it. */
export function parseStat(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { pid: Number.parseInt(text, 10), parent: Number(fields[1]), started: fields[19]! };
}

/** The text of a file of /proc; undefined when the process has gone. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** These processes and all that descend from them, whatever session or group they are in. */
export function treeOf(roots: number[]): Member[] {
  const children = new Map<number, Stat[]>();
  const all = new Map<number, Stat>();
  for (const name of list('/proc')) {
    const text = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : undefined;
    if (text === undefined) continue;
    const stat = parseStat(text);
    all.set(stat.pid, stat);
    children.set(stat.parent, [...(children.get(stat.parent) ?? []), stat]);
  }
  const tree = new Map<number, Stat>();
  const add = (stat: Stat | undefined): void => {
    if (stat === undefined || tree.has(stat.pid)) return;
    tree.set(stat.pid, stat);
    for (const child of children.get(stat.pid) ?? []) add(child);
  };
  for (const pid of roots) add(all.get(pid));
  return [...tree.values()];
}

/**
 * Microseconds that these processes have run so far, in user and kernel mode: the first number of each thread's
 * schedstat (nanoseconds). utime and stime in /proc/PID/stat are the same time in steps of 10 ms.
 */
export function cpuMicroseconds(tree: Member[]): number {
  let nanoseconds = 0;
  for (const { pid } of tree) {
    for (const thread of list(`/proc/${pid}/task`)) {
      nanoseconds += Number.parseInt(read(`/proc/${pid}/task/${thread}/schedstat`) ?? '0', 10);
    }
  }
  return nanoseconds / 1000;
}

/** The resident memory of these processes; pages that several of them share count for each. */
export function residentBytes(tree: Member[]): number {
  let kilobytes = 0;
  for (const { pid } of tree) {
    kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0);
  }
  return kilobytes * 1024;
}

/** Ends a process by force, if it is still there and still the same one. */
export function kill({ pid, started }: Member): void {
  const text = read(`/proc/${pid}/stat`);
  if (text !== undefined && parseStat(text).started === started) process.kill(pid, 'SIGKILL');
}
