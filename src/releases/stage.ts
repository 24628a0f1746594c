import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { appAccount, workerAccount } from '../bundle/account/account.ts';
import { diskFull } from '../disk/disk-full.ts';
import type { AppSource } from '../bundle/source/locate.ts';
import { prepareProgram, type Prepared } from '../bundle/prepare.ts';
import type { Progress } from '../node/progress.ts';
import type { Config } from '../config/types.ts';
import { isoDate } from '../common/dates.ts';
import { RadiantError, reasonOf } from '../common/errors.ts';
import { globalNpmConfig } from '../node/npm.ts';
import type { NodeContext } from '../node/resolve-node.ts';
import type { Homes } from '../disk/paths.ts';
import { runFolder, type RunFolder } from '../disk/run-folder.ts';
import { writeStateFile } from '../disk/state-file.ts';
import { prepareStatic } from '../static/prepare.ts';
import type { DescribedApp } from './describe.ts';
import { noticeOf, placeApp, reuseFor } from './place.ts';
import { removeRelease } from './remove.ts';
import { keptReleases, noteFiles } from './staged-files.ts';
import { publishReleases } from './publish.ts';
import { reserveNumber, writeOutcome } from './store.ts';
import type { Release, ReleaseSource } from '../running/release.ts';

/** What staging works with. */
export interface Stage {
  config: Config;
  homes: Homes;
  progress: Progress;
  env: NodeJS.ProcessEnv;
}

/** Beside the logs of the release's workers. */
const installLog = (folder: string): string => join(folder, 'log', 'install.log');

type Runnable = Exclude<AppSource, { kind: 'archive' }>;

const releasesOf = ({ config, homes }: Stage): RunFolder => runFolder(homes, config.name);

/**
 * Makes a release of an app, ready to be run. Bundles are copied or unpacked into it: what is built into the same
 * folder later does not touch it. Plain Node apps run where they are. Errors: those of the steps; the release is
 * left as failed where there is something to look at, else nothing of it.
 */
export async function stageApp(
  { app, source }: DescribedApp,
  settings: string | undefined,
  stage: Stage,
): Promise<Release> {
  const run = releasesOf(stage);
  const number = await reserveNumber(run);
  const folder = join(run.releases, String(number));
  let release: Release | undefined;
  try {
    const { homes, env, progress, config } = stage;
    const context: NodeContext = { homes, env, progress, as: await workerAccount(config) };
    const kept = await keptReleases(run);
    if (app.kind !== 'node') void globalNpmConfig(env, homes); // while the bundle is placed
    const placed = app.kind === 'node' ? undefined : await placeApp(app, folder, kept, stage);
    const runnable: Runnable = app.kind === 'node' ? app : { kind: 'bundle', folder: placed!.folder };
    const prepared = await prepareProgram(runnable, config, context);
    release = { number, ...describe(prepared, settings), source, ...now() };
    const packages = await prepared.install(installLog(folder), placed && reuseFor(placed, kept));
    const { program } = release;
    const staticIndex = await prepareStatic({
      program,
      config,
      number,
      progress,
      folder,
      store: join(run.state, 'static'),
      account: await appAccount(program.cwd, config),
    });
    if (staticIndex !== undefined) release.staticIndex = staticIndex;
    if (placed !== undefined) await noteFiles(run, number, placed, packages);
    const notice = placed && noticeOf(placed, run.releases);
    if (notice !== undefined) {
      progress.step(notice);
      release.notice = notice;
    }
    await save(run, release);
    await publish(run, progress);
    return release;
  } catch (error) {
    await discard(run, folder, release, error);
    // What the disk refuses is no fault of Radiant's.
    const full = diskFull(error, folder);
    if (full !== undefined) throw full;
    const ofTheDisk = !(error instanceof RadiantError) && error instanceof Error && 'syscall' in error;
    if (ofTheDisk) throw new RadiantError('STATE', `Release ${number} cannot be made: ${error.message}`);
    throw error;
  }
}

const describe = (
  { program, gitCommit }: Prepared,
  settings: string | undefined,
): Pick<Release, 'program' | 'settings' | 'gitCommit'> => ({
  program,
  ...(settings !== undefined && { settings }),
  ...(gitCommit !== undefined && { gitCommit }),
});

const now = (): Pick<Release, 'by' | 'at'> => ({
  by: `${userInfo().username}@${hostname()}`,
  at: isoDate(),
});

async function save(run: RunFolder, release: Release): Promise<void> {
  try {
    await writeOutcome(run.releases, release.number, { state: 'staged', at: release.at });
    await writeStateFile(join(run.releases, String(release.number), 'release.json'), JSON.stringify(release));
  } catch (error) {
    throw new RadiantError(
      'STATE',
      `Release ${release.number} cannot be noted: ${reasonOf(error)}`,
      undefined,
      {
        cause: error,
      },
    );
  }
}

/** What came as far as its packages is worth a look; anything else is not. */
async function discard(
  run: RunFolder,
  folder: string,
  release: Release | undefined,
  error: unknown,
): Promise<void> {
  try {
    if (!(error instanceof RadiantError) || error.code !== 'INSTALL' || release === undefined) throw error;
    if (diskFull(error, folder) !== undefined) throw error;
    await save(run, release);
    const outcome = { state: 'failed' as const, reason: error.message, at: release.at };
    await writeOutcome(run.releases, release.number, outcome);
  } catch {
    await removeRelease(folder);
  }
}

/** The same files with other settings. Errors: STATE. */
export async function stageSettings(
  base: Release,
  settings: string,
  source: ReleaseSource,
  stage: Stage,
): Promise<Release> {
  const run = releasesOf(stage);
  const number = await reserveNumber(run);
  const { notice: _theirs, ...same } = base;
  const release = { ...same, number, settings, source, ...now(), filesOf: base.filesOf ?? base.number };
  const folder = join(run.releases, String(number));
  try {
    await save(run, release);
    return release;
  } catch (error) {
    await removeRelease(folder);
    throw diskFull(error, folder) ?? error;
  }
}

/**
 * `known`, if the app that is to start is the same: then nothing is copied or installed again. What depends on the
 * configuration (the Node, static files) is looked at anew.
 */
export async function sameRelease(
  known: Release | undefined,
  source: ReleaseSource,
  settings: string | undefined,
  stage: Stage,
): Promise<Release | undefined> {
  const same = known?.source.sha256 === source.sha256 && known.source.kind === source.kind;
  if (known === undefined || !same || known.settings !== settings) return undefined;
  const { homes, env, progress, config } = stage;
  const context: NodeContext = { homes, env, progress, as: await workerAccount(config) };
  const { program } = known;
  const runnable: Runnable =
    program.kind === 'meteor'
      ? { kind: 'bundle', folder: program.cwd }
      : { kind: 'node', entry: program.entry, cwd: program.cwd };
  const run = releasesOf(stage);
  const folder = join(run.releases, String(known.number));
  try {
    const prepared = await prepareProgram(runnable, config, context);
    if (!isDeepStrictEqual(prepared.program, program)) return undefined;
    await prepared.install(installLog(folder));
  } catch {
    return undefined; // it is not complete any more
  }
  const { staticIndex: _old, ...rest } = known;
  const account = await appAccount(program.cwd, config);
  const options = { program, config, number: known.number, progress, folder, account };
  const staticIndex = await prepareStatic({ ...options, store: join(run.state, 'static') });
  const release = { ...rest, ...(staticIndex !== undefined && { staticIndex }) };
  await writeStateFile(join(folder, 'release.json'), JSON.stringify(release));
  await publish(run, progress);
  return release;
}

/** Without it a web server in front asks the app for what is new: slower, and right. */
async function publish(run: RunFolder, progress: Progress): Promise<void> {
  await publishReleases(run).catch((error: unknown) => {
    progress.step(`Static files are not laid out for web servers in front: ${reasonOf(error)}`);
  });
}
