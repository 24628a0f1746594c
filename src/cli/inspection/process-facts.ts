import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel tells of a process; what it does not tell is left out (another user's process, no /proc). */
export interface ProcessFacts {
  command?: string[];
  /** Names only: values are secrets. */
  environment?: string[];
  openFiles?: { now?: number; limit?: number };
}

export function processFacts(pid: number): ProcessFacts {
  const command = listIn(`/proc/${pid}/cmdline`);
  const environment = listIn(`/proc/${pid}/environ`)?.map((entry) => entry.split('=')[0]!);
  const now = countIn(`/proc/${pid}/fd`);
  // proc(5): `Max open files <soft> <hard> files`
  const limits = textOf(`/proc/${pid}/limits`);
  const limit = Number(/^Max open files\s+(\d+)/m.exec(limits ?? '')?.[1]);
  const openFiles = { ...(now !== undefined && { now }), ...(limit > 0 && { limit }) };
  return {
    ...(command && { command }),
    ...(environment && { environment: environment.toSorted() }),
    ...(Object.keys(openFiles).length > 0 && { openFiles }),
  };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Files of /proc whose parts end with a zero byte. */
const listIn = (path: string): string[] | undefined =>
  textOf(path)
    ?.split('\0')
    .filter((part) => part !== '');

function countIn(folder: string): number | undefined {
  try {
    return readdirSync(folder).length;
  } catch {
    return undefined;
  }
}
