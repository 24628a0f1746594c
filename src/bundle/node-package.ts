import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { RadiantError } from '../errors.ts';
import { readJsonObject } from './star.ts';

/**
 * The file that a package's folder starts with: its `main` as Node resolves it (with or without an extension, or
 * the index.js of a folder), else the default of its `exports`, else index.js. Errors: APP_NOT_FOUND.
 */
export async function packageEntry(folder: string): Promise<string> {
  const file = join(folder, 'package.json');
  const content = await readJsonObject(file);
  const main = typeof content.main === 'string' && content.main !== '' ? content.main : undefined;
  const named = main ?? exportedMain(content.exports);
  const target = named === undefined ? folder : resolve(folder, named);
  try {
    // With a `main`, the folder itself: Node falls back to index.js where `main` leads nowhere.
    return createRequire(file).resolve(main === undefined ? target : folder);
  } catch {
    const looked =
      named === undefined ? 'it has no "main", and there is no index.js' : `there is no ${target}`;
    const remedy =
      'Set "main" in package.json to the file that starts the server, or give that file instead.';
    throw new RadiantError('APP_NOT_FOUND', `${file} does not lead to a file to start: ${looked}`, remedy);
  }
}

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
