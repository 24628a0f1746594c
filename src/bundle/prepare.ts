import { join } from 'node:path';
import type { Config } from '../config/types.ts';
import { RadiantError } from '../common/errors.ts';
import { resolveNode, type NodeContext, type ResolvedNode } from '../node/resolve-node.ts';
import { resolveNpm } from '../node/resolve-npm.ts';
import { appAccount } from './account/account.ts';
import { ensureCommonJs } from './install/commonjs.ts';
import { isFolder } from './source/files.ts';
import { install, type Reuse } from './install/install.ts';
import type { Packages } from './install/packages.ts';
import type { AppSource } from './source/locate.ts';
import { readStar, type Star } from './source/star.ts';
import type { Program } from '../running/program.ts';
import { isTypeScript, runsTypeScript } from './source/typescript.ts';

/** A program that only lacks the packages it needs, if any; `install` gets them. */
export interface Prepared {
  program: Program;
  gitCommit?: string;
  /**
   * `log` is the file that keeps what npm says; `reuse` is for a bundle that was just placed. Returns what later releases may
   * have too. Errors: INSTALL.
   */
  install(log: string, reuse?: Reuse): Promise<Packages | undefined>;
}

/**
 * Finds or fetches the Node of an app that lies where it shall run. What can fail quickly comes first. Errors:
 * CONFIG, NODE_VERSION, APP_NOT_FOUND.
 */
export async function prepareProgram(
  source: Exclude<AppSource, { kind: 'archive' }>,
  config: Config,
  context: NodeContext,
): Promise<Prepared> {
  if (config.cwd !== undefined && !(await isFolder(config.cwd))) {
    throw new RadiantError(
      'CONFIG',
      `There is no folder ${config.cwd} for workers to run in`,
      'Correct `cwd`.',
    );
  }
  if (source.kind === 'bundle') return prepareBundle(source.folder, config, context);
  return { program: await prepareScript(source, config, context), install: async () => undefined };
}

async function prepareScript(
  source: Extract<AppSource, { kind: 'node' }>,
  config: Config,
  context: NodeContext,
): Promise<Program> {
  const node = await chosenNode(config.node === 'bundle' ? 'system' : config.node, context);
  const nodeOptions = config.env.NODE_OPTIONS ?? context.env.NODE_OPTIONS;
  if (isTypeScript(source.entry) && !runsTypeScript(source.entry, node.version, nodeOptions)) {
    const message = `Node ${node.version} does not run TypeScript files such as ${source.entry}`;
    const remedy = source.entry.endsWith('x')
      ? 'Have NODE_OPTIONS bring a loader (`--import tsx`), or compile it first.'
      : 'Use Node 22.18 or newer (--node 24), have NODE_OPTIONS bring a loader (`--import tsx`), or compile it first.';
    throw new RadiantError('NODE_VERSION', message, remedy);
  }
  return programOf('node', source.entry, source.cwd, node);
}

async function prepareBundle(folder: string, config: Config, context: NodeContext): Promise<Prepared> {
  const star = await readStar(folder);
  const node = await chosenNode(config.node === 'bundle' ? wantedNode(folder, star) : config.node, context);
  await ensureCommonJs(folder, context.progress);
  const account = await appAccount(folder, config);
  return {
    program: programOf('meteor', join(folder, 'main.js'), folder, node),
    ...(star.gitCommit !== undefined && { gitCommit: star.gitCommit }),
    install: (log, reuse) =>
      install({
        reuse,
        folder: join(folder, 'programs', 'server'),
        log,
        nodePath: node.path,
        npm: () => resolveNpm(star.npmVersion, node, context),
        account,
        homes: context.homes,
        env: context.env,
        progress: context.progress,
      }),
  };
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
