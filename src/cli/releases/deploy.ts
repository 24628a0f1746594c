import type { Config } from '../../config/types.ts';
import { checkHomes } from '../../disk/own-folder.ts';
import type { Release } from '../../running/release.ts';
import type { RunFolder } from '../../disk/run-folder.ts';
import type { Launch } from '../../running/launch.ts';
import { becomeOwner } from './as-owner.ts';
import { deployOptions, readDeployFlags } from './deploy-flags.ts';
import { reportTo, type RolloutReport } from './rollout-report.ts';
import { rollOut } from './roll-out.ts';
import { nameFrom, type Invocation, type Verb } from '../verb/verb.ts';

export const deploy: Verb = {
  name: 'deploy',
  summary: 'Replace the release of a running app without anyone noticing',
  args: ['[app]'],
  options: deployOptions,
  examples: [
    'deploy ../build',
    'deploy shop.tar.gz --settings settings.json',
    'deploy --settings settings.json',
  ],
  run: async (invocation) => {
    const { app: path, settings, request } = readDeployFlags(invocation);
    const { terminal, homes, flags } = invocation;
    const [{ findApp }, { runFolder }, { withDeployLock }] = await Promise.all([
      import('../../control/discover.ts'),
      import('../../disk/run-folder.ts'),
      import('../../releases/deploy-lock.ts'),
    ]);
    const { name, control, status } = await findApp(homes, nameFrom(invocation));
    const run = runFolder(homes, name);
    await becomeOwner(run.state);
    checkHomes(homes);
    const report = reportTo(terminal, flags.json === true);
    return withDeployLock(run, path ?? settings ?? '', async () => {
      const [{ readLaunch }, { openUmask }] = await Promise.all([
        import('../../disk/read-launch.ts'),
        import('../../machine/umask.ts'),
      ]);
      const launch = await readLaunch(run);
      openUmask(launch.config);
      const release = await stage({
        path,
        settings,
        launch,
        run,
        invocation,
        report,
        current: status.release,
      });
      const watch = request.watch ?? launch.config.watch;
      const target = { name, run, control, keep: launch.config.keepReleases };
      return rollOut(target, { ...request, watch, release: release.number }, terminal, report);
    });
  },
};

interface ToStage {
  path: string | undefined;
  settings: string | undefined;
  launch: Launch;
  run: RunFolder;
  invocation: Invocation;
  report: RolloutReport;
  /** The release that serves. */
  current: number;
}

async function stage({
  path,
  settings,
  launch,
  run,
  invocation,
  report,
  current,
}: ToStage): Promise<Release> {
  const [{ describeApp }, { stageApp, stageSettings }, { readRelease }, { readSettings }, { contentOfText }] =
    await Promise.all([
      import('../../releases/describe.ts'),
      import('../../releases/stage.ts'),
      import('../../releases/store.ts'),
      import('../../bundle/source/settings.ts'),
      import('../../bundle/copy/tree.ts'),
    ]);
  const { basename } = await import('node:path');
  const running = await readRelease(run.releases, current);
  const config: Config = { ...launch.config, ...(path !== undefined && { app: path }) };
  const options = { config, homes: invocation.homes, progress: report.progress, env: invocation.env };
  const file = settings ?? (path === undefined ? undefined : launch.config.settings);
  const text = file === undefined ? running.settings : await readSettings(file);
  if (path !== undefined) return stageApp(await describeApp(path), text, options);
  const source = { kind: 'settings' as const, name: basename(file!), ...contentOfText(text!) };
  return stageSettings(running, text!, source, options);
}
