import { chmod, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { epochMs } from '../common/dates.ts';
import { ownFolder } from '../disk/own-folder.ts';

const temporary = '.tmp-';
const abandonedAfter = 24 * 60 * 60 * 1000;

/**
 * Makes a folder once, all of it or nothing: `fill` works in a temporary folder beside it that is renamed at the
 * end. Of two processes that do this at once, the second to finish drops its own and takes the first one's.
 * Whatever `fill` throws is passed on, and nothing is left behind.
 */
export async function makeFolderOnce(folder: string, fill: (temp: string) => Promise<void>): Promise<void> {
  if (await exists(folder)) return;
  const parent = dirname(folder);
  ownFolder(parent, 0o755);
  await sweep(parent);
  const temp = await mkdtemp(join(parent, `${temporary}${process.pid}-`));
  try {
    await fill(temp);
    // mkdtemp makes folders that only their owner can enter; a worker may run as someone else.
    await chmod(temp, 0o755);
    await rename(temp, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Removes what killed processes left behind. A day is longer than any download or unpacking takes; but the clock may have
 * been set, so what a living process of this machine has made stays whatever its date says.
 */
async function sweep(parent: string): Promise<void> {
  const names = await readdir(parent);
  for (const name of names.filter((each) => each.startsWith(temporary))) {
    const path = join(parent, name);
    const made = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    );
    if (made < epochMs() - abandonedAfter && !lives(name)) await rm(path, { recursive: true, force: true });
  }
}

/** The process that a temporary folder is named after. */
function lives(name: string): boolean {
  const pid = Number(/^\.tmp-(\d+)-/.exec(name)?.[1]);
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
