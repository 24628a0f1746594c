import { locateApp } from '../bundle/locate.ts';
import { loadSettings } from '../bundle/settings.ts';
import type { Progress } from '../bundle/types.ts';
import type { Config } from '../config/types.ts';
import type { Homes } from '../paths.ts';
import { runFolder } from '../run-folder.ts';
import type { Launch } from '../supervisor/types.ts';
import { describeApp, sameRelease, stageApp } from './stage.ts';
import { newestRelease } from './store.ts';

/**
 * Makes an app ready to be started: as a new release, unless the newest one is the same. Errors: those of staging,
 * SETTINGS.
 */
export async function prepareLaunch(
  config: Config,
  homes: Homes,
  progress: Progress,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Omit<Launch, 'attended'>> {
  await locateApp(config.app);
  const settings = await loadSettings(config.settings, { ...env, ...config.env });
  const described = await describeApp(config.app);
  const stage = { config, homes, progress, env };
  const newest = await newestRelease(runFolder(homes, config.name).releases);
  const release =
    (await sameRelease(newest, described.source, settings, stage)) ??
    (await stageApp(described, settings, stage));
  return { config, release };
}
