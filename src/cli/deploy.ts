import type { Config } from '../config/types.ts';
import { RadiantError } from '../errors.ts';
import type { Release } from '../releases/types.ts';
import type { RunFolder } from '../run-folder.ts';
import type { DeployRequest, Launch, Strategy } from '../supervisor/types.ts';
import { reportTo, type RolloutReport } from './rollout-report.ts';
import { rollOut } from './roll-out.ts';
import { jsonOption, nameFrom, nameOption, type Invocation, type Verb } from './verb.ts';

export const deploy: Verb = {
  name: 'deploy',
  summary: 'Replace the release of a running app without anyone noticing',
  args: ['[app]'],
  options: {
    name: nameOption,
    settings: {
      summary: 'Its settings (default: those of the running release); without an app they alone are deployed',
      placeholder: 'FILE',
      short: 's',
    },
    strategy: {
      summary:
        '`blue-green`: all new workers beside all old ones; `rolling`: a few at a time, for little memory (default: blue-green)',
      placeholder: 'STRATEGY',
    },
    surge: { summary: 'How many new workers at a time, for `rolling` (default: 1)', placeholder: 'N' },
    watch: {
      summary:
        'How long it is watched, and left again if it does clearly worse (default: the option watch, 60s)',
      placeholder: 'SECONDS',
    },
    'no-watch': { summary: 'It stays whatever it does: for releases that change the database' },
    json: jsonOption,
  },
  examples: [
    'deploy ../build',
    'deploy shop.tar.gz --settings settings.json',
    'deploy --settings settings.json',
  ],
  run: async (invocation) => {
    const { app: path, settings, request } = await readFlags(invocation);
    const { terminal, homes, flags } = invocation;
    const [{ findApp }, { runFolder }, { withDeployLock }] = await Promise.all([
      import('../control/discover.ts'),
      import('../run-folder.ts'),
      import('../releases/deploy-lock.ts'),
    ]);
    const { name, control, status } = await findApp(homes, nameFrom(invocation));
    const run = runFolder(homes, name);
    const report = reportTo(terminal, flags.json === true);
    return withDeployLock(run, path ?? settings ?? '', async () => {
      const launch = await launchOf(run);
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

interface Flags {
  app: string | undefined;
  settings: string | undefined;
  request: Omit<DeployRequest, 'release' | 'watch'> & { watch: number | undefined };
}

async function readFlags({ args, flags, cwd }: Invocation): Promise<Flags> {
  const [{ resolve }, { readDuration, readInteger }] = await Promise.all([
    import('node:path'),
    import('../config/values.ts'),
  ]);
  const [app] = args;
  const text = (name: string): string | undefined => flags[name] as string | undefined;
  const {
    settings,
    strategy = 'blue-green',
    surge = '1',
  } = {
    settings: text('settings'),
    ...(flags.strategy === undefined ? {} : { strategy: text('strategy')! }),
    ...(flags.surge === undefined ? {} : { surge: text('surge')! }),
  };
  if (app === undefined && settings === undefined) {
    throw usage('there is nothing to deploy', 'Give the path of a bundle, or --settings FILE, or both');
  }
  if (strategy !== 'blue-green' && strategy !== 'rolling') {
    throw usage(`there is no strategy "${strategy}"`, 'Write `blue-green` or `rolling`');
  }
  const workersAtOnce = readInteger(surge, 1, 256);
  if (workersAtOnce === undefined) throw usage(`--surge: "${surge}" is no number from 1 to 256`);
  const watch = flags['no-watch']
    ? 0
    : text('watch') === undefined
      ? undefined
      : readDuration(text('watch')!);
  if (watch === undefined && text('watch') !== undefined) {
    throw usage(
      `--watch: "${text('watch')}" is no time`,
      'Write seconds, or a time with its unit: `90s`, `2m`',
    );
  }
  return {
    app: app === undefined ? undefined : resolve(cwd, app),
    settings: settings === undefined ? undefined : resolve(cwd, settings),
    request: { strategy: strategy satisfies Strategy, surge: workersAtOnce, watch },
  };
}

const usage = (message: string, remedy?: string): RadiantError =>
  new RadiantError('USAGE', `deploy: ${message}`, remedy);

/** What the app runs with. Errors: STATE. */
export async function launchOf(run: RunFolder): Promise<Launch> {
  const { readFile } = await import('node:fs/promises');
  try {
    return JSON.parse(await readFile(run.launch, 'utf8')) as Launch;
  } catch (error) {
    throw new RadiantError('STATE', `${run.launch} cannot be read: ${String(error)}`);
  }
}

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
  const [{ describeApp, stageApp, stageSettings }, { readRelease }, { readSettings }, { contentOfText }] =
    await Promise.all([
      import('../releases/stage.ts'),
      import('../releases/store.ts'),
      import('../bundle/settings.ts'),
      import('../bundle/copy.ts'),
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
