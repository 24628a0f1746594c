import { readFileSync } from 'node:fs';

/** What the kernel says of a process's main thread. */
export interface MainThread {
  /** proc(5): `R` runs or could run, `S` and `D` wait, `T` and `t` are stopped. */
  state: string;
  /** CPU time that it has used, in clock ticks. */
  ticks: number;
}

/** undefined without /proc, and for a process that has ended. */
export function mainThreadOf(pid: number): MainThread | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}
