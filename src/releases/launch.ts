import { locateApp } from '../bundle/source/locate.ts';
import { loadSettings } from '../bundle/source/settings.ts';
import type { Progress } from '../node/progress.ts';
import type { Config } from '../config/types.ts';
import { ownFolder, ownHomes } from '../disk/own-folder.ts';
import type { Homes } from '../disk/paths.ts';
import { runFolder } from '../disk/run-folder.ts';
import type { Launch } from '../running/launch.ts';
import { lastLive, startedWith } from './last-live.ts';
import { describeApp } from './describe.ts';
import { sameRelease, stageApp } from './stage.ts';
import { newestRelease } from './store.ts';

/**
 * Makes an app ready to be started: as the release that served last, where nothing new is at its path; else as a new
 * one, unless the newest is the same. Errors: those of staging,
 * SETTINGS, UNSAFE_FOLDER.
 */
export async function prepareLaunch(
  config: Config,
  homes: Homes,
  progress: Progress,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Omit<Launch, 'attended'>> {
  await locateApp(config.app);
  const run = runFolder(homes, config.name);
  ownHomes(homes);
  for (const folder of [run.state, run.releases]) ownFolder(folder, 0o755);
  const settings = await loadSettings(config.settings, { ...env, ...config.env });
  const described = await describeApp(config.app);
  const stage = { config, homes, progress, env };
  const newest = await newestRelease(run.releases);
  const release =
    (await lastLive(run, described.source, settings, stage)) ??
    (await sameRelease(newest, described.source, settings, stage)) ??
    (await stageApp(described, settings, stage));
  return { config, release, started: startedWith(described.source, settings, release.number) };
}
