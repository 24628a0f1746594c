import { join } from 'node:path';
import type { Config } from '../config/types.ts';
import { RadiantError } from '../errors.ts';
import { resolveNode, type NodeContext, type ResolvedNode } from '../node/resolve-node.ts';
import { resolveNpm } from '../node/resolve-npm.ts';
import { parseVersion } from '../node/versions.ts';
import type { Homes } from '../paths.ts';
import type { Release } from '../releases/types.ts';
import type { Launch } from '../supervisor/types.ts';
import { ownerAccount, workerAccount, type Account } from './account.ts';
import { ensureCommonJs } from './commonjs.ts';
import { install } from './install.ts';
import { locateApp, type AppSource } from './locate.ts';
import { loadSettings } from './settings.ts';
import { readStar, type Star } from './star.ts';
import type { Program, Progress } from './types.ts';
import { unpack } from './unpack.ts';

/**
 * Makes an app ready to be run: finds it, reads its settings, unpacks it, finds or fetches its Node, installs its
 * packages. What can fail quickly comes first. Errors: those of the steps, each a RadiantError.
 */
export async function prepareApp(
  config: Config,
  homes: Homes,
  progress: Progress,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Launch> {
  const source = await locateApp(config.app);
  const settings = await loadSettings(config.settings, { ...env, ...config.env });
  const account = await workerAccount(config);
  const context: NodeContext = { homes, env, progress, as: account };
  const program =
    source.kind === 'node'
      ? await prepareScript(source, config, context)
      : await prepareBundle(await bundleFolder(source, config, context), config, context, account);
  const release: Release = {
    number: 1,
    program,
    ...(settings === undefined ? {} : { settings }),
    source: { kind: 'folder', name: config.app, bytes: 0, sha256: '' },
    by: '',
    at: new Date().toISOString(),
  };
  return { config, release };
}

async function prepareScript(
  source: Extract<AppSource, { kind: 'node' }>,
  config: Config,
  context: NodeContext,
): Promise<Program> {
  const node = await chosenNode(config.node === 'bundle' ? 'system' : config.node, context);
  const [major = 0, minor = 0] = parseVersion(node.version) ?? [];
  if (/\.[cm]?ts$/.test(source.entry) && (major < 22 || (major === 22 && minor < 18))) {
    const message = `Node ${node.version} does not run TypeScript files such as ${source.entry}`;
    throw new RadiantError(
      'NODE_VERSION',
      message,
      'Use Node 22.18 or newer (--node 24), or compile it first.',
    );
  }
  return programOf('node', source.entry, source.cwd, node);
}

async function bundleFolder(
  source: Exclude<AppSource, { kind: 'node' }>,
  config: Config,
  context: NodeContext,
): Promise<string> {
  if (source.kind === 'bundle') return source.folder;
  context.progress.step(`Unpacking ${source.file}`);
  return unpack(source.file, { into: join(context.homes.state, config.name, 'bundles'), owner: context.as });
}

async function prepareBundle(
  folder: string,
  config: Config,
  context: NodeContext,
  account: Account | undefined,
): Promise<Program> {
  const star = await readStar(folder);
  const node = await chosenNode(config.node === 'bundle' ? wantedNode(folder, star) : config.node, context);
  await ensureCommonJs(folder, context.progress);
  const owner = account ?? (await ownerAccount(folder));
  await install({
    folder: join(folder, 'programs', 'server'),
    nodePath: node.path,
    npm: () => resolveNpm(star.npmVersion, node, context),
    account: owner,
    homes: context.homes,
    env: context.env,
    progress: context.progress,
  });
  return programOf('meteor', join(folder, 'main.js'), folder, node);
}

function wantedNode(folder: string, star: Star): string {
  if (star.nodeVersion) return star.nodeVersion;
  const message = `Neither ${join(folder, 'star.json')} (nodeVersion) nor .node_version.txt says which Node to use`;
  throw new RadiantError('NODE_VERSION', message, 'Say it with --node VERSION, or --node system.');
}

async function chosenNode(wanted: string, context: NodeContext): Promise<ResolvedNode> {
  const node = await resolveNode(wanted, context);
  context.progress.step(`Node ${node.version}, ${node.source}`);
  return node;
}

function programOf(kind: Program['kind'], entry: string, cwd: string, node: ResolvedNode): Program {
  return { kind, entry, cwd, nodePath: node.path, nodeVersion: node.version, nodeSource: node.source };
}
