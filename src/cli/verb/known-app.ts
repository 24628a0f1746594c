import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RadiantError } from '../../common/errors.ts';
import type { Homes } from '../../disk/paths.ts';
import { runFolder, type RunFolder } from '../../disk/run-folder.ts';

export interface KnownApp {
  name: string;
  run: RunFolder;
}

/**
 * The app of this name, or the only one that runs, or the only one that ever ran: for what can be read from files, of an
 * app that has stopped too. Errors: NOT_RUNNING, AMBIGUOUS.
 */
export async function knownApp(homes: Homes, name?: string): Promise<KnownApp> {
  const found = name ?? (await onlyApp(homes));
  const run = runFolder(homes, found);
  if (existsSync(run.releases)) return { name: found, run };
  throw new RadiantError('NOT_RUNNING', `no app named "${found}" was ever started here`);
}

async function onlyApp(homes: Homes): Promise<string> {
  const names = (await readdir(homes.state).catch(() => [])).filter((name) =>
    existsSync(join(homes.state, name, 'releases')),
  );
  if (names.length === 1) return names[0]!;
  if (names.length === 0) throw new RadiantError('NOT_RUNNING', 'no app was ever started here');
  const { runningApps } = await import('../../control/discover.ts');
  const running = await runningApps(homes);
  if (running.length === 1) return running[0]!.name;
  throw new RadiantError('AMBIGUOUS', `there are several apps: ${names.join(', ')}`);
}
