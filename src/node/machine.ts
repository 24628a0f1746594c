import { homedir } from 'node:os';
import { installation } from '../installation.ts';
import type { Progress } from './progress.ts';
import type { Homes } from '../disk/paths.ts';
import { exists } from './atomic-folder.ts';
import type { Identity } from './command.ts';
import { installedIn, lookingPlaces, pathCandidates, type Installed, type Place } from './places.ts';
import { behindShim, probeVersion } from './probe.ts';
import { matches, newestFirst, type Wanted } from './versions.ts';

export interface NodeContext {
  homes: Homes;
  env: NodeJS.ProcessEnv;
  progress: Progress;
  /** Who will run it: a Node that this user may not execute does not count as found. */
  as?: Identity | undefined;
  /** The Node that runs Radiant; tests name another one. */
  running?: { path: string; version: string };
}

export interface ResolvedNode {
  path: string;
  /** Without a `v`. */
  version: string;
  /** In words for the user: "found by nvm". */
  source: string;
}

/**
 * The first `node` on PATH that runs; where there is none, the one that runs Radiant. The one that npm put into Radiant's
 * own `node_modules` is a tool of ours, not the user's Node.
 */
export async function systemNode(context: NodeContext): Promise<ResolvedNode> {
  for (const candidate of pathCandidates('node', context.env, installation)) {
    const said = (await exists(candidate)) && (await probeVersion(candidate, context.as));
    if (!said) continue;
    const path = await behindShim(candidate, context.as);
    const version = path === candidate ? said : await probeVersion(path, context.as);
    if (version) return { path, version, source: 'found on PATH' };
  }
  return runningNode(context);
}

/** The first place that has the version, and the newest one there; each is run before it is believed. */
export async function findOnMachine(wanted: Wanted, context: NodeContext): Promise<ResolvedNode | undefined> {
  for await (const group of installedNodes(context)) {
    const fitting = group.filter((each) => matches(wanted, each.version));
    for (const each of fitting.sort((a, b) => newestFirst(a.version, b.version))) {
      if ((await probeVersion(each.path, context.as)) === each.version) return each;
    }
  }
  return undefined;
}

export async function versionsOnMachine(context: NodeContext): Promise<string[]> {
  const versions: string[] = [];
  for await (const group of installedNodes(context)) versions.push(...group.map((each) => each.version));
  return versions;
}

export function placesOf(context: NodeContext): Place[] {
  return lookingPlaces(context.env, context.env.HOME || homedir(), context.homes.cache);
}

/** Every Node on this machine, place by place; a generator, because asking the one on PATH takes a moment. */
async function* installedNodes(context: NodeContext): AsyncGenerator<Installed[]> {
  yield [runningNode(context)];
  for (const place of placesOf(context)) yield await installedIn(place);
  yield [await systemNode(context)];
}

function runningNode(context: NodeContext): Installed {
  const { path, version } = context.running ?? { path: process.execPath, version: process.versions.node };
  return { path, version, source: 'the Node that runs Radiant' };
}
