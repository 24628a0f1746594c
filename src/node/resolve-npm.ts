import { dirname, join } from 'node:path';
import { RadiantError } from '../common/errors.ts';
import { exists, makeFolderOnce } from './atomic-folder.ts';
import { runCommand } from './command.ts';
import type { NodeContext } from './machine.ts';
import { field } from './npm.ts';
import { installedIn } from './places.ts';
import { openRegistry, type Registry } from './registry.ts';
import { chooseVersion, majorOf, matches, newestFirst, parseWanted } from './versions.ts';
import { parseVersion } from '../common/version-parts.ts';
import { readTextFile } from '../common/text-file.ts';

export interface ResolvedNpm {
  /** The path of `npm-cli.js`, to be run by Node. */
  cli: string;
  version: string;
}

/** The first Node version that each major of npm starts on, from the `engines` of their packages. */
const oldestNode: Record<number, [number, number]> = {
  7: [10, 0],
  8: [12, 13],
  9: [14, 17],
  10: [18, 17],
  11: [20, 17],
};

/**
 * The npm for a Node when the bundle names none. npm 10 also where 11 would run: npm 11.19 runs install scripts
 * only of the packages that package.json allows, and bundles know nothing of that.
 */
export function npmForNode(nodeVersion: string): string {
  const major = majorOf(nodeVersion);
  if (major < 16) return '6';
  return major < 18 ? '8' : '10';
}

export function npmFits(npmVersion: string, nodeVersion: string): boolean {
  const [oldest, minor] = oldestNode[Math.min(parseWanted(npmVersion)?.[0] ?? 0, 11)] ?? [0, 0];
  const [nodeMajor, nodeMinor] = parseVersion(nodeVersion) ?? [0, 0];
  return nodeMajor > oldest || (nodeMajor === oldest && nodeMinor >= minor);
}

/**
 * The npm to install a bundle with: the version that its star.json names, if that starts on this Node, else one
 * that does. Looked for beside the Node and in the cache, then fetched into the cache. Errors: INSTALL.
 */
export async function resolveNpm(
  wanted: string | undefined,
  node: { path: string; version: string },
  context: NodeContext,
): Promise<ResolvedNpm> {
  const named = wanted !== undefined && parseWanted(wanted) ? wanted : undefined;
  const fits = named !== undefined && npmFits(named, node.version);
  const asked = fits ? named : npmForNode(node.version);
  if (named !== undefined && !fits) {
    context.progress.step(`npm ${named} does not start on Node ${node.version}; taking npm ${asked}`);
  }
  const local = await localNpms(node, context);
  const parts = parseWanted(asked) ?? [];
  const found = local.find((each) => matches(parts, each.version));
  return found ?? fetchNpm(asked, node, local, context);
}

async function fetchNpm(
  asked: string,
  node: { path: string; version: string },
  local: ResolvedNpm[],
  context: NodeContext,
): Promise<ResolvedNpm> {
  const registry = openRegistry(context);
  let problem = `the npm registry has no npm ${asked}`;
  try {
    const choice = chooseVersion(parseWanted(asked) ?? [], await registry.versions('npm'));
    if (choice) return await intoCache(choice.version, node, registry, context);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const [nearest] = local.filter((each) => npmFits(each.version, node.version));
  if (nearest) {
    context.progress.step(`npm ${asked} cannot be fetched (${problem}); taking npm ${nearest.version}`);
    return nearest;
  }
  throw new RadiantError(
    'INSTALL',
    `npm ${asked} could not be fetched: ${problem}`,
    'Check `npm ping`, or run `npm install --omit=dev` in programs/server of the bundle yourself.',
  );
}

async function intoCache(
  version: string,
  node: { path: string },
  registry: Registry,
  context: NodeContext,
): Promise<ResolvedNpm> {
  const folder = join(context.homes.cache, 'npm', version);
  await makeFolderOnce(folder, async (temp) => {
    context.progress.step(`Fetching npm ${version}`);
    await registry.fetchInto('npm', version, temp);
    const { code, output } = await runCommand(node.path, [join(temp, 'bin', 'npm-cli.js'), '--version'], {
      env: { ...context.env, NODE_OPTIONS: '' },
      timeout: 30_000,
    });
    if (code !== 0) throw new Error(`npm ${version} does not start: ${output.trim().split('\n')[0]}`);
  });
  return { cli: join(folder, 'bin', 'npm-cli.js'), version };
}

/** The npm that came with the Node, then those of the cache, newest first. */
async function localNpms(node: { path: string }, context: NodeContext): Promise<ResolvedNpm[]> {
  const beside = join(dirname(node.path), '..', 'lib', 'node_modules', 'npm');
  const version = await versionIn(beside);
  const bundled = version === undefined ? [] : [{ cli: join(beside, 'bin', 'npm-cli.js'), version }];
  const place = { source: '', folder: join(context.homes.cache, 'npm'), binary: join('bin', 'npm-cli.js') };
  const cached: ResolvedNpm[] = [];
  for (const each of await installedIn(place)) {
    if (await exists(each.path)) cached.push({ cli: each.path, version: each.version });
  }
  return [...bundled, ...cached.sort((a, b) => newestFirst(a.version, b.version))];
}

async function versionIn(folder: string): Promise<string | undefined> {
  try {
    const version = field(JSON.parse(await readTextFile(join(folder, 'package.json'))), 'version');
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
