import { realpath } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { RadiantError } from '../../common/errors.ts';
import { isFile, nearestPackage } from './files.ts';
import { readJsonObject } from './star.ts';

/** What Node runs; `.tsx` and `.jsx` with a loader only. */
export const scriptEndings = ['.js', '.cjs', '.mjs', '.ts', '.cts', '.mts', '.tsx', '.jsx'];

/** The script that a path means: the file itself, or the one with an ending that was left out (`node dist/main`). */
export async function scriptAt(path: string): Promise<string | undefined> {
  for (const ending of ['', ...scriptEndings]) {
    // oxlint-disable-next-line no-await-in-loop -- the first one counts
    if (await isFile(path + ending)) return realpath(path + ending);
  }
  return undefined;
}

/**
 * The file that a folder starts with (`node .`): the `main` of its package.json, or the default of its `exports`, with or
 * without an ending, or the index of a folder; else its own index. Errors: APP_NOT_FOUND.
 */
export async function folderEntry(folder: string): Promise<string | undefined> {
  const file = join(folder, 'package.json');
  const described = await isFile(file);
  const named = described ? namedEntry(await readJsonObject(file)) : undefined;
  const target = named === undefined ? folder : resolve(folder, named);
  const found =
    (await scriptAt(target)) ??
    (await scriptAt(join(target, 'index'))) ??
    (await scriptAt(join(folder, 'index')));
  if (found !== undefined || !described) return found;
  const looked = named === undefined ? 'it has no "main", and there is no index.js' : `there is no ${target}`;
  const remedy = 'Set "main" in package.json to the file that starts the server, or give that file instead.';
  throw new RadiantError('APP_NOT_FOUND', `${file} does not lead to a file to start: ${looked}`, remedy);
}

const namedEntry = ({ main, exports }: Record<string, unknown>): string | undefined =>
  typeof main === 'string' && main !== '' ? main : exportedMain(exports);

/** The target of `exports` or `exports["."]`, through the conditions that hold for `node file.js`. */
function exportedMain(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (typeof exports !== 'object' || exports === null) return undefined;
  for (const key of ['.', 'node', 'import', 'module-sync', 'require', 'default']) {
    const found = exportedMain(Reflect.get(exports, key));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Where a script runs: in the folder of the nearest package.json, as `npm start` has it; without one in its own. For a
 * program of an installed package (node_modules/.bin/…) that is the package that it is installed in.
 */
export async function workingFolder(script: string): Promise<string> {
  const own = dirname(script);
  const installed = own.indexOf(`${sep}node_modules${sep}`);
  const around = installed < 0 ? own : own.slice(0, installed) || sep;
  const description = (await nearestPackage(around)) ?? (await nearestPackage(own));
  return description === undefined ? own : dirname(description);
}
