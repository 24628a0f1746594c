import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, open, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { RadiantError } from '../../common/errors.ts';
import type { Homes } from '../../disk/paths.ts';
import { exists } from '../../node/atomic-folder.ts';
import { lastLines, runCommand, type CommandResult } from '../../node/command.ts';
import { globalNpmConfig, npmEnvironment } from '../../node/npm.ts';
import type { ResolvedNpm } from '../../node/resolve-npm.ts';
import { majorOf } from '../../node/versions.ts';
import { accountEnvironment, type Account } from '../account/account.ts';
import { asAccount } from '../account/as-account.ts';
import { isFile, isFolder } from '../source/files.ts';
import { nodeFacts, packagesKey } from './packages-key.ts';
import { packagesMade, takePackages, type Delivered, type KeptPackages, type Packages } from './packages.ts';
import { withLock } from '../../disk/lock.ts';
import type { Progress } from '../../node/progress.ts';

/** A bundle that has just been placed, whose packages may be those of a kept release. */
export interface Reuse extends Omit<Delivered, 'folder'> {
  /** The newest first. */
  kept: readonly { readonly packages: KeptPackages | undefined }[];
  /** Takes up the files of kept releases that somebody has written to. */
  changed: Set<string>;
}

export interface InstallOptions {
  /** The bundle's `programs/server`. */
  folder: string;
  /** The file that keeps all that npm says; its folder is made when there is something to say. */
  log: string;
  nodePath: string;
  /** Asked for only when there is something to install. */
  npm: () => Promise<ResolvedNpm>;
  /** Who runs npm and the packages' scripts; undefined: the user that runs Radiant. */
  account: Account | undefined;
  homes: Homes;
  env: NodeJS.ProcessEnv;
  progress: Progress;
  reuse?: Reuse | undefined;
}

/** Secrets of the app that no install script has to see. */
const secrets = ['METEOR_SETTINGS', 'METEOR_SETTINGS_ENCODED', 'MONGO_URL', 'MONGO_OPLOG_URL'];
const shownLines = 20;

/**
 * Installs the npm packages of a bundle's server, once: where node_modules is missing, or a former install did not
 * come to its end. Of two starts at once, the second waits and finds it done. Returns what later releases may have too.
 * Errors: INSTALL.
 */
export async function install(options: InstallOptions): Promise<Packages | undefined> {
  // Lock and mark lie in Radiant's own folder: root must not write where another user may have put a link.
  const name = createHash('sha256')
    .update(await realpath(options.folder))
    .digest('hex')
    .slice(0, 16);
  const mark = join(options.homes.state, 'installs', name);
  if (!(await isNeeded(options.folder, mark))) return undefined;
  const waiting = () => options.progress.step('Waiting for another start that installs the same bundle');
  return withLock(`${mark}.lock`, () => installOnce(options, mark), waiting);
}

async function isNeeded(folder: string, mark: string): Promise<boolean> {
  if (!(await isFile(join(folder, 'package.json')))) return false;
  return !(await isFolder(join(folder, 'node_modules'))) || exists(mark);
}

async function installOnce(options: InstallOptions, mark: string): Promise<Packages | undefined> {
  if (!(await isNeeded(options.folder, mark))) return undefined;
  const npm = await options.npm();
  const commands = await commandFolder(npm);
  try {
    const { reuse, account, folder, nodePath } = options;
    const [env, node] = await Promise.all([
      installEnvironment(options, commands),
      reuse && nodeFacts(nodePath, account),
    ]);
    const flags = installFlags(npm.version, account);
    const key = reuse && (await packagesKey({ ...reuse, folder, node, npm, flags, env, account }));
    const taken = key === undefined ? undefined : await take(key, options);
    if (taken !== undefined) return taken;
    await installWith(npm, env, options, mark);
    if (reuse === undefined || key === undefined) return undefined;
    const tree = await asAccount(account, async () => packagesMade({ ...reuse, folder }));
    return tree && { key, tree };
  } finally {
    await rm(commands, { recursive: true });
  }
}

/** The packages of the newest release that has the same. */
async function take(
  key: string,
  { reuse, account, folder, progress }: InstallOptions,
): Promise<Packages | undefined> {
  for (const { packages: kept } of reuse!.kept) {
    if (kept?.key !== key) continue;
    // oxlint-disable-next-line no-await-in-loop -- the first that can be taken
    const tree = await asAccount(account, async () =>
      takePackages(kept, { ...reuse!, folder }, reuse!.changed),
    );
    if (tree === undefined) continue;
    progress.step(`The npm packages are those of release ${kept.release}`);
    return { key, tree };
  }
  return undefined;
}

async function installWith(
  npm: ResolvedNpm,
  env: NodeJS.ProcessEnv,
  options: InstallOptions,
  mark: string,
): Promise<void> {
  const run = (file: string, args: string[]) => {
    return runCommand(file, args, { cwd: options.folder, env, as: options.account });
  };
  if (await exists(mark)) {
    options.progress.step('The last install of this bundle did not finish; doing it again');
    await run('rm', ['-rf', 'node_modules']);
  }
  await (await open(mark, 'a')).close();
  const started = performance.now();
  options.progress.step(`Installing the npm packages of ${options.folder} with npm ${npm.version}`);
  const result = await run(options.nodePath, [npm.cli, ...installFlags(npm.version, options.account)]);
  await mkdir(dirname(options.log), { recursive: true, mode: 0o750 });
  await writeFile(options.log, result.output, { mode: 0o640 });
  if (result.code !== 0) throw await failure(result, options, run);
  // A server without dependencies leaves no folder, and would be installed again at each start.
  await run('mkdir', ['-p', 'node_modules']);
  await rm(mark);
  options.progress.step(`Installed in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function installFlags(npmVersion: string, account: Account | undefined): string[] {
  const common = ['install', '--no-audit', '--no-fund', '--no-update-notifier'];
  if (majorOf(npmVersion) >= 7) return [...common, '--omit=dev'];
  // npm 6 as root runs scripts as nobody, who cannot write here.
  const asRoot = process.getuid?.() === 0 && account === undefined;
  return [...common, '--production', ...(asRoot ? ['--unsafe-perm'] : [])];
}

/**
 * A new folder whose `npm` is this npm. A Meteor bundle's install script runs `npm rebuild` by that name, and another npm
 * that PATH leads to may not start on the bundle's Node (npm 11 on Node 14) or leave out what it should build.
 */
async function commandFolder({ cli }: ResolvedNpm): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'radiant-npm-'));
  await chmod(folder, 0o755); // npm may run as another user
  await symlink(cli, join(folder, 'npm'));
  return folder;
}

async function installEnvironment(options: InstallOptions, commands: string): Promise<NodeJS.ProcessEnv> {
  const { account, nodePath, homes } = options;
  const env = npmEnvironment(options.env);
  for (const name of secrets) delete env[name];
  env.PATH = [dirname(nodePath), commands, env.PATH].filter(Boolean).join(delimiter);
  // An npm of the cache looks for the machine's npmrc beside itself, where none is.
  const config = await globalNpmConfig(options.env, homes);
  if (config) env.npm_config_globalconfig ??= config;
  // The headers came with the Node that was fetched: native packages need not download them.
  const prefix = join(dirname(nodePath), '..');
  if (await isFile(join(prefix, 'include', 'node', 'node.h'))) env.npm_config_nodedir ??= prefix;
  if (!account) return env;
  return { ...env, ...accountEnvironment(account), npm_config_cache: await cacheOf(account, homes) };
}

/** An npm cache that this user may write: many service users have no home. */
async function cacheOf(account: Account, homes: Homes): Promise<string> {
  const folder = join(homes.cache, `npm-cache-${account.uid}`);
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}

async function failure(
  result: CommandResult,
  options: InstallOptions,
  run: (file: string, args: string[]) => Promise<CommandResult>,
): Promise<RadiantError> {
  await run('rm', ['-rf', 'node_modules']);
  const who = options.account ? ` as ${options.account.name}` : '';
  const denied = /EACCES|permission denied/i.test(result.output);
  return new RadiantError(
    'INSTALL',
    `npm install in ${options.folder}${who} failed (exit code ${result.code}):\n${lastLines(result.output, shownLines)}`,
    denied && options.account
      ? `Let ${options.account.name} write there: chown -R ${options.account.name} ${options.folder}`
      : 'Correct what npm complains about, or run `npm install --omit=dev` there yourself.',
  );
}
