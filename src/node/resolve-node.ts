import { join, resolve } from 'node:path';
import { RadiantError } from '../common/errors.ts';
import { exists, makeFolderOnce } from './atomic-folder.ts';
import type { Identity } from './command.ts';
import {
  findOnMachine,
  placesOf,
  systemNode,
  versionsOnMachine,
  type NodeContext,
  type ResolvedNode,
} from './machine.ts';
import { probeVersion } from './probe.ts';
import { openRegistry, type Registry } from './registry.ts';
import { chooseVersion, parseWanted, type Choice, type Wanted } from './versions.ts';

export type { NodeContext, ResolvedNode } from './machine.ts';

/**
 * The Node to run an app with. `wanted` is a version ("20.18.0"), a prefix of one ("20"), "system" (the first
 * `node` on PATH) or a path. A version is looked for on this machine, then fetched from the npm registry into the
 * shared cache. Errors: NODE_VERSION.
 */
export async function resolveNode(wanted: string, context: NodeContext): Promise<ResolvedNode> {
  if (wanted === 'system') return systemNode(context);
  if (wanted.includes('/')) return nodeAt(resolve(wanted), context);
  const parts = parseWanted(wanted);
  if (!parts) {
    const message = `"${wanted}" is no Node version`;
    throw new RadiantError(
      'NODE_VERSION',
      message,
      'Give a version (20.18.0), its beginning (20), "system" or a path.',
    );
  }
  return (await findOnMachine(parts, context)) ?? fetchNode(parts, context);
}

async function nodeAt(path: string, context: NodeContext): Promise<ResolvedNode> {
  const version = await probeVersion(path, context.as);
  if (version) return { path, version, source: 'given by its path' };
  const [problem, remedy] = (await exists(path))
    ? ['does not run as a Node binary', 'Try `node -v` with this path as the user that runs the app.']
    : ['does not exist', 'Give the path of the binary itself, such as /opt/node-20/bin/node.'];
  throw new RadiantError('NODE_VERSION', `The Node at ${path} ${problem}`, remedy);
}

async function fetchNode(wanted: Wanted, context: NodeContext): Promise<ResolvedNode> {
  const asked = wanted.join('.');
  const name = `node-${process.platform}-${process.arch}`;
  const registry = openRegistry(context);
  let problem = `the npm registry has no ${name} of version ${wanted[0]}`;
  try {
    const choice = chooseVersion(wanted, await registry.versions(name));
    if (choice) return await takePublished(choice, asked, registry, name, context);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  return nearestOnMachine(wanted, problem, context);
}

async function takePublished(
  choice: Choice,
  asked: string,
  registry: Registry,
  name: string,
  context: NodeContext,
): Promise<ResolvedNode> {
  const { version } = choice;
  const instead = choice.match === 'exact' ? '' : `, in place of ${asked}, which is not published`;
  if (instead) {
    context.progress.step(
      `Node ${asked} is not published; taking ${version}, the newest of the same ${choice.match}`,
    );
    const found = await findOnMachine(parseWanted(version) ?? [], context);
    if (found) return { ...found, source: found.source + instead };
  }
  const folder = join(context.homes.cache, 'node', version);
  const path = join(folder, 'bin', 'node');
  await makeFolderOnce(folder, async (temp) => {
    context.progress.step(`Fetching Node ${version} from the npm registry`);
    await registry.fetchInto(name, version, temp);
    await mustRun(join(temp, 'bin', 'node'), version);
  });
  await mustRun(path, version, context.as);
  return { path, version, source: `fetched from the npm registry${instead}` };
}

async function mustRun(path: string, version: string, as?: Identity): Promise<void> {
  const got = await probeVersion(path, as);
  if (got === version) return;
  const who = as ? ` for the user with uid ${as.uid}` : '';
  throw new Error(`the fetched Node ${version} does not run on this machine${who} (${path})`);
}

/** Without the registry: whatever this machine has of the same minor or major. Errors: NODE_VERSION. */
async function nearestOnMachine(
  wanted: Wanted,
  problem: string,
  context: NodeContext,
): Promise<ResolvedNode> {
  const asked = wanted.join('.');
  const choice = chooseVersion(wanted, await versionsOnMachine(context));
  const found = choice && (await findOnMachine(parseWanted(choice.version) ?? [], context));
  if (found) {
    context.progress.step(
      `Node ${asked} cannot be fetched (${problem}); taking ${found.version}, ${found.source}`,
    );
    return { ...found, source: `${found.source}, in place of ${asked}, which could not be fetched` };
  }
  const folders = placesOf(context).map((place) => place.folder);
  const looked = ['the Node that runs Radiant', 'PATH', ...folders].join(', ');
  throw new RadiantError(
    'NODE_VERSION',
    `Node ${asked} is not on this machine (looked at ${looked}) and could not be fetched: ${problem}`,
    'Install it with a version manager, check `npm ping`, or name another one: --node VERSION, a path, or system.',
  );
}
