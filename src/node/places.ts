import { readdir } from 'node:fs/promises';
import { delimiter, join, relative, isAbsolute } from 'node:path';
import { parseVersion } from '../common/version-parts.ts';

/** A folder whose subfolders are named after Node versions, each holding a binary. */
export interface Place {
  /** In words for the user: "found by nvm". */
  source: string;
  folder: string;
  /** The binary, relative to the version's folder. */
  binary: string;
}

export interface Installed {
  path: string;
  version: string;
  source: string;
}

/** Where version managers and Radiant's own cache keep Node, in the order in which they are asked. */
export function lookingPlaces(env: NodeJS.ProcessEnv, home: string, cache: string): Place[] {
  const data = env.XDG_DATA_HOME || join(home, '.local', 'share');
  const fnmHomes = env.FNM_DIR
    ? [env.FNM_DIR]
    : [join(data, 'fnm'), join(home, '.fnm'), join(home, 'Library', 'Application Support', 'fnm')];
  return [
    managerPlace('nvm', join(env.NVM_DIR || join(home, '.nvm'), 'versions', 'node')),
    ...fnmHomes.map((fnm) =>
      managerPlace('fnm', join(fnm, 'node-versions'), join('installation', 'bin', 'node')),
    ),
    managerPlace('volta', join(env.VOLTA_HOME || join(home, '.volta'), 'tools', 'image', 'node')),
    managerPlace('asdf', join(env.ASDF_DATA_DIR || join(home, '.asdf'), 'installs', 'nodejs')),
    managerPlace('n', join(env.N_PREFIX || '/usr/local', 'n', 'versions', 'node')),
    { source: "in Radiant's cache", folder: join(cache, 'node'), binary: join('bin', 'node') },
  ];
}

function managerPlace(manager: string, folder: string, binary = join('bin', 'node')): Place {
  return { source: `found by ${manager}`, folder, binary };
}

/** The versions that a place holds by the names of its folders; an absent or unreadable folder holds none. */
export async function installedIn(place: Place): Promise<Installed[]> {
  const names = await readdir(place.folder).catch(() => []);
  return names
    .filter((name) => parseVersion(name) !== undefined)
    .map((name) => ({
      path: join(place.folder, name, place.binary),
      version: name.replace(/^v/, ''),
      source: place.source,
    }));
}

/** Every path that `name` could mean on PATH, first one first, leaving out what lies under the folder `without`. */
export function pathCandidates(name: string, env: NodeJS.ProcessEnv, without?: string): string[] {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !(without !== undefined && isInside(without, folder)))
    .map((folder) => join(folder, name));
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}
