import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';

/** Longer than a process takes to stop that is not stuck in the kernel. */
const patienceMs = 250;
const lookEveryMs = 0.2;

const clock = new Int32Array(new SharedArrayBuffer(4));

/** States of a thread that writes nothing: stopped, traced, a zombie, dead (proc(5)). */
const still = new Set(['T', 't', 'Z', 'X']);

/** The processes whose standard output or standard error is this file, but not this process. */
function writersOf(file: string): number[] {
  const writes = (pid: string): boolean =>
    ['1', '2'].some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === file;
      } catch {
        return false; // it has ended, or is somebody else's
      }
    });
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && writes(name))
    .map(Number);
}

function stateOf(stat: string): string {
  try {
    const text = readFileSync(stat, 'utf8');
    return text.charAt(text.lastIndexOf(')') + 2);
  } catch {
    return 'X';
  }
}

const isStopped = (pid: number): boolean => stateOf(`/proc/${pid}/stat`) === 'T';

/** No thread of it runs any more, not in the middle of a write either. */
function standsStill(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((task) =>
      still.has(stateOf(`/proc/${pid}/task/${task}/stat`)),
    );
  } catch {
    return true;
  }
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Stops every process that writes to the file, the app's own child processes too, until the returned function is called,
 * which must be in the same turn of the event loop. undefined if one of them cannot be stopped; all go on then. Where
 * there is no /proc nothing is stopped.
 *
 * Nothing simpler loses no line: a pipe breaks, or fills up, with whoever reads it; copying and emptying alone loses what is
 * written in between; a hole in the place of what was copied (fallocate(2)) leaves a file that grows for ever to its readers.
 */
export function holdWriters(path: string): (() => void) | undefined {
  if (!existsSync('/proc/self/stat')) return () => {};
  const file = realpathSync(path);
  const held = new Set<number>();
  const letGo = (): void => {
    for (const pid of held) signal(pid, 'SIGCONT');
  };
  const end = performance.now() + patienceMs;
  for (;;) {
    // Once more after they stand still: one of them may have started another.
    const fresh = writersOf(file).filter((pid) => !held.has(pid) && !isStopped(pid));
    if (fresh.length === 0) return letGo;
    if (performance.now() > end) {
      letGo();
      return undefined; // there are always more of them
    }
    for (const pid of fresh) {
      held.add(pid);
      if (signal(pid, 'SIGSTOP')) continue;
      letGo();
      return undefined;
    }
    while (!fresh.every(standsStill)) {
      if (performance.now() < end) {
        Atomics.wait(clock, 0, 0, lookEveryMs); // they may need this core to come to a stop
        continue;
      }
      letGo();
      return undefined;
    }
  }
}

/** Lets those go on that a supervisor has stopped which was killed in that very instant. */
export function releaseWriters(path: string): void {
  if (!existsSync('/proc/self/stat')) return;
  for (const pid of writersOf(realpathSync(path))) if (isStopped(pid)) signal(pid, 'SIGCONT');
}
