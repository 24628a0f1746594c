import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RadiantError } from '../common/errors.ts';
import type { Homes } from '../disk/paths.ts';
import { controlSocket, keeperSocket } from '../disk/run-folder.ts';
import type { Status } from '../running/status.ts';
import { answers } from '../machine/unix-socket.ts';
import { connectControl, type Control } from './client.ts';

export interface RunningApp {
  name: string;
  control: Control;
  status: Status;
}

/** The names of all apps that have a run folder, sorted: it may outlive its app. Errors: STATE. */
export async function appsWithFolders({ run }: Homes): Promise<string[]> {
  const names = await readdir(run).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new RadiantError('STATE', `${run} cannot be read: ${error.code}`, undefined, { cause: error });
  });
  return names.toSorted((a, b) => (a < b ? -1 : 1));
}

/** A supervisor that died is followed by another one within that time, in milliseconds. */
const successionMs = 10_000;
const lookEveryMs = 50;

/** Its status; between two supervisors, as long as its keeper lives, that of the next one. Errors: those of `status`. */
async function statusOf(homes: Homes, name: string, control: Control): Promise<Status> {
  for (const until = performance.now() + successionMs; ;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      return await control.status({});
    } catch (error) {
      const between = error instanceof RadiantError && error.code === 'NOT_RUNNING';
      // oxlint-disable-next-line no-await-in-loop
      if (!between || performance.now() > until || !(await answers(keeperSocket(join(homes.run, name)))))
        throw error;
    }
    // oxlint-disable-next-line no-await-in-loop
    await delay(lookEveryMs);
  }
}

/** All apps that answer, by name. */
export async function runningApps(homes: Homes): Promise<RunningApp[]> {
  const names = await appsWithFolders(homes);
  const found = await Promise.all(
    names.map(async (name) => {
      const control = connectControl(controlSocket(homes, name));
      const status = await statusOf(homes, name, control).catch(() => undefined);
      return status && { name, control, status };
    }),
  );
  return found.filter((app) => app !== undefined);
}

/** The app of this name, or the only one that runs. Errors: NOT_RUNNING, AMBIGUOUS, and those of `status`. */
export async function findApp(homes: Homes, name?: string): Promise<RunningApp> {
  if (name !== undefined) {
    const control = connectControl(controlSocket(homes, name));
    try {
      return { name, control, status: await statusOf(homes, name, control) };
    } catch (error) {
      if (!(error instanceof RadiantError) || error.code !== 'NOT_RUNNING') throw error;
    }
  }
  const apps = await runningApps(homes);
  const [first] = apps;
  if (name === undefined && first && apps.length === 1) return first;
  const names = apps.map((app) => app.name).join(', ');
  if (name !== undefined) {
    const remedy = first ? `Running now: ${names}` : undefined;
    throw new RadiantError('NOT_RUNNING', `no app named "${name}" is running`, remedy);
  }
  if (!first) throw new RadiantError('NOT_RUNNING', 'no app is running', '`radiant start` starts one');
  throw new RadiantError('AMBIGUOUS', `several apps are running: ${names}`);
}
