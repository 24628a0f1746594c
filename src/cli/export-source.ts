import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { optionNames, flagName } from '../config/options.ts';
import type { Config } from '../config/types.ts';
import { RadiantError, reasonOf } from '../errors.ts';
import type { Homes } from '../paths.ts';
import type { RunFolder } from '../run-folder.ts';
import type { Launch } from '../supervisor/types.ts';
import { configInput } from './start.ts';
import { nameFrom, type Invocation } from './verb.ts';

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
  const { runFolder } = await import('../run-folder.ts');
  const described = args.length > 1 || optionNames.some((name) => name !== 'name' && flagName(name) in flags);
  if (!described) {
    const name = nameFrom(invocation) ?? (await onlyRunning(homes));
    const launch = name === undefined ? undefined : await launchOf(runFolder(homes, name));
    if (launch !== undefined) return { config: launch.config, run: runFolder(homes, name!), running: true };
  }
  const { loadConfig } = await import('../config/load.ts');
  const config = await loadConfig(configInput({ ...invocation, args: args.slice(1) }));
  return { config, run: runFolder(homes, config.name), running: false };
}

async function launchOf({ launch }: RunFolder): Promise<Launch | undefined> {
  try {
    return JSON.parse(await readFile(launch, 'utf8')) as Launch;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new RadiantError('STATE', `${launch} cannot be read: ${reasonOf(error)}`);
  }
}

/** Without a name the only app that runs is meant; with none, the configuration in this folder. */
async function onlyRunning({ run }: Homes): Promise<string | undefined> {
  const { existsSync } = await import('node:fs');
  const names = (await readdir(run).catch(() => [])).filter((name) =>
    existsSync(join(run, name, 'app.json')),
  );
  if (names.length > 1) throw new RadiantError('AMBIGUOUS', `several apps are running: ${names.join(', ')}`);
  return names[0];
}
