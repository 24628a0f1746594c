import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { flagName } from '../../config/options/flag-name.ts';
import { optionNames } from '../../config/options/options.ts';
import type { Config } from '../../config/types.ts';
import { RadiantError } from '../../common/errors.ts';
import type { Homes } from '../../disk/paths.ts';
import { runFolder, type RunFolder } from '../../disk/run-folder.ts';
import { configInput } from '../verb/app-options.ts';
import { nameFrom, type Invocation } from '../verb/verb.ts';

/** The app that is exported, and its folders. */
export interface Source {
  config: Config;
  run: RunFolder;
  /** It runs now, and this is how. */
  running: boolean;
}

/**
 * A running app is described as it runs; for one that does not run, or with options of its own on the command line,
 * the options count as they do for `radiant start`. Errors: those of the configuration, AMBIGUOUS, STATE.
 */
export async function sourceOf(invocation: Invocation): Promise<Source> {
  const { homes, flags, args } = invocation;
  const described = args.length > 1 || optionNames.some((name) => name !== 'name' && flagName(name) in flags);
  if (!described) {
    const name = nameFrom(invocation) ?? (await onlyRunning(homes));
    const run = name === undefined ? undefined : runFolder(homes, name);
    if (run !== undefined && existsSync(run.launch)) {
      const { readLaunch } = await import('../../disk/read-launch.ts');
      return { config: (await readLaunch(run)).config, run, running: true };
    }
  }
  const { loadConfig } = await import('../../config/reading/load.ts');
  const config = await loadConfig(configInput({ ...invocation, args: args.slice(1) }));
  return { config, run: runFolder(homes, config.name), running: false };
}

/** Without a name the only app that runs is meant; with none, the configuration in this folder. */
async function onlyRunning(homes: Homes): Promise<string | undefined> {
  const { appsWithFolders } = await import('../../control/discover.ts');
  const all = await appsWithFolders(homes);
  const names = all.filter((name) => existsSync(runFolder(homes, name).launch));
  if (names.length > 1) throw new RadiantError('AMBIGUOUS', `several apps are running: ${names.join(', ')}`);
  return names[0];
}

/** Advice for each first folder on the way to these that other users cannot enter. */
export function notEntered(paths: readonly string[], who: string): string[] {
  const closed = new Set(paths.map(firstClosed).filter((folder) => folder !== undefined));
  return [...closed].map((folder) => `Let ${who} enter ${folder}: chmod o+x, or choose another place.`);
}

function firstClosed(path: string): string | undefined {
  const above = dirname(path) === path ? undefined : firstClosed(dirname(path));
  if (above !== undefined) return above;
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && (found.mode & 0o001) === 0 ? path : undefined;
}
