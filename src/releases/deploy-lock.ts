import { open, readFile, rm } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { RadiantError, reasonOf } from '../errors.ts';
import type { RunFolder } from '../run-folder.ts';

/** Who deploys, from what, since when (ISO 8601). */
interface Holder {
  who: string;
  host: string;
  pid: number;
  what: string;
  since: string;
}

/**
 * Runs `work` while nobody else deploys this app. Errors: DEPLOY_LOCKED, naming who does. A lock that its holder left
 * behind by dying is taken over.
 */
export async function withDeployLock<T>(
  { state }: Pick<RunFolder, 'state'>,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const file = join(state, 'deploy.lock');
  await take(file, what);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string, what: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      const handle = await open(file, 'wx', 0o644);
      const { username } = userInfo();
      const holder = {
        who: username,
        host: hostname(),
        pid: process.pid,
        what,
        since: new Date().toISOString(),
      };
      // oxlint-disable-next-line no-await-in-loop
      await handle.writeFile(JSON.stringify(holder)).finally(() => handle.close());
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new RadiantError('STATE', `${file} cannot be written: ${reasonOf(error)}`);
      }
      // oxlint-disable-next-line no-await-in-loop
      const holder = await readHolder(file);
      if (tries > 0 || (holder !== undefined && lives(holder))) throw locked(file, holder);
      // oxlint-disable-next-line no-await-in-loop
      await rm(file, { force: true });
    }
  }
}

/** undefined: a holder that died before it had written who it is. */
async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function lives({ host, pid }: Holder): boolean {
  if (host !== hostname()) return true; // it cannot be asked
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function locked(file: string, holder: Holder | undefined): RadiantError {
  if (holder === undefined) return new RadiantError('DEPLOY_LOCKED', `Somebody else deploys: ${file}`);
  const { who, host, pid, what, since } = holder;
  const message = `${who}@${host} (pid ${pid}) has been deploying ${what} since ${since}`;
  return new RadiantError('DEPLOY_LOCKED', message, `Wait for it; if it is gone for good, remove ${file}.`);
}
