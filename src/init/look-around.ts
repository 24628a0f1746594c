import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { isFolder } from '../bundle/source/files.ts';
import { locateApp } from '../bundle/source/locate.ts';
import { nameOf } from '../config/values/name.ts';
import { honoured, type OptionName } from '../config/options/options.ts';
import { readTextFile } from '../common/text-file.ts';

/** What a folder says about the app that is to run from it. Paths are as radiant.config.ts would have them. */
export interface Found {
  app: string | undefined;
  /** It is a Meteor bundle, or will be one. */
  meteor: boolean;
  /** The folder holds the source of a Meteor app, which has to be built. */
  source: boolean;
  name: string;
  settings: string | undefined;
  envFile: string | undefined;
  /** What the environment file says already. */
  said: OptionName[];
  /** Files of other tools, which `--from` translates. */
  others: string[];
}

const places = ['./bundle', '.', './build/bundle', '../build/bundle', '../bundle'];
const foreign =
  /^(?:ecosystem(?:\.config)?\.(?:[cm]?js|json|ya?ml)|mup\.js(?:on)?|(?:docker-)?compose\.ya?ml|process\.json)$/;
const settingsNames = ['settings.json', 'settings-production.json', 'settings.production.json'];

export async function lookAround(folder: string): Promise<Found> {
  const names = await readdir(folder);
  const source = await isFolder(join(folder, '.meteor'));
  const archives = names.filter((name) => /\.(?:tar\.gz|tgz)$/.test(name)).map((name) => `./${name}`);
  const app = await firstApp(folder, [...places, ...(archives.length === 1 ? archives : [])]);
  const envFile = ['.env', 'radiant.env'].find((name) => names.includes(name));
  return {
    app: app?.path,
    meteor: source || (app !== undefined && app.meteor),
    source,
    name: nameOf(join(folder, source || app === undefined ? '.' : app.path)),
    settings: settingsNames.find((name) => names.includes(name)),
    envFile,
    said: envFile === undefined ? [] : await saidBy(join(folder, envFile)),
    others: names.filter((name) => foreign.test(name)),
  };
}

async function firstApp(
  folder: string,
  candidates: readonly string[],
): Promise<{ path: string; meteor: boolean } | undefined> {
  for (const path of candidates) {
    // oxlint-disable-next-line no-await-in-loop -- the first one counts
    const found = await locateApp(join(folder, path)).catch(() => undefined);
    if (found) return { path, meteor: found.kind !== 'node' };
  }
  return undefined;
}

async function saidBy(file: string): Promise<OptionName[]> {
  const variables = parseEnv(await readTextFile(file).catch(() => ''));
  return Object.keys(variables).flatMap((name) => honoured[name] ?? []);
}
