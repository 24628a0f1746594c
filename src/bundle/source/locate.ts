import { open, realpath, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { RadiantError } from '../../common/errors.ts';
import { isFile, isFolder } from './files.ts';
import { folderEntry, scriptAt, scriptEndings, workingFolder } from './node-package.ts';

/** What the path of an app turned out to be. All paths are absolute, with symbolic links resolved. */
export type AppSource =
  | { kind: 'bundle'; folder: string }
  | { kind: 'archive'; file: string }
  | { kind: 'node'; entry: string; cwd: string };

/**
 * Decides what a path is: a Meteor bundle, a folder that holds one as `bundle/`, the archive of one, a script (its ending
 * may be left out), or a folder that Node can start. Symbolic links are resolved once, here: when `current` is switched
 * to another release while this one runs, a replaced worker must not come up with the new one. Errors: APP_NOT_FOUND.
 */
export async function locateApp(path: string): Promise<AppSource> {
  const real = await realPath(path);
  if ((await stat(real)).isDirectory()) return locateFolder(real);
  if (/\.(tar\.gz|tgz)$/i.test(real)) return { kind: 'archive', file: real };
  const folder = dirname(real);
  if (basename(real) === 'main.js' && (await isFile(join(folder, 'star.json')))) return locateFolder(folder);
  if (scriptEndings.includes(extname(real)) || (await isNodeProgram(real))) return script(real);
  const known = `${scriptEndings.join(', ')}, .tar.gz and .tgz`;
  const remedy = `It starts files that end in ${known}, and programs whose first line names Node.`;
  throw notFound(`${path} is no file that Radiant can start`, remedy);
}

const script = async (entry: string): Promise<AppSource> => ({
  kind: 'node',
  entry,
  cwd: await workingFolder(entry),
});

async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') {
      throw notFound(
        `${path} is in a folder that ${userInfo().username} may not enter`,
        'Move the app to a folder such as /srv, or `chmod o+x` the folders around it.',
      );
    }
    const found = await scriptAt(path);
    if (found !== undefined) return found;
    throw notFound(
      `There is nothing at ${path}`,
      'Give the path of a bundle, an archive, a script or a folder.',
    );
  }
}

/** A program without an ending, such as Express's bin/www: its first line names Node. */
async function isNodeProgram(file: string): Promise<boolean> {
  if (extname(file) !== '') return false;
  return /^#!.*\bnode\b/.test(await firstBytes(file).catch(() => ''));
}

async function firstBytes(file: string): Promise<string> {
  await using opened = await open(file);
  const { buffer, bytesRead } = await opened.read(Buffer.alloc(100));
  return buffer.toString('latin1', 0, bytesRead);
}

async function locateFolder(folder: string): Promise<AppSource> {
  for (const place of [folder, join(folder, 'bundle')]) {
    if (await looksLikeBundle(place)) return { kind: 'bundle', folder: await completeBundle(place) };
  }
  if (await isFolder(join(folder, '.meteor'))) {
    const remedy = 'Run `meteor build --directory ../out` there, then start ../out.';
    throw notFound(`${folder} holds the source of a Meteor app, which has to be built first`, remedy);
  }
  const entry = await folderEntry(folder);
  if (entry !== undefined) {
    const described = await isFile(join(folder, 'package.json'));
    return { kind: 'node', entry, cwd: described ? folder : await workingFolder(entry) };
  }
  throw notFound(
    `${folder} holds no app: no main.js with a star.json, no bundle/, no package.json, no index.js`,
    'Give the folder that `meteor build --directory` made, or one with a package.json that has a "main".',
  );
}

async function looksLikeBundle(folder: string): Promise<boolean> {
  if (await isFile(join(folder, 'star.json'))) return true;
  return (await isFile(join(folder, 'main.js'))) && isFolder(join(folder, 'programs'));
}

/** Errors: APP_NOT_FOUND, when a part is missing that every bundle has. */
export async function completeBundle(folder: string): Promise<string> {
  const missing: string[] = [];
  for (const name of ['main.js', 'star.json']) if (!(await isFile(join(folder, name)))) missing.push(name);
  if (!(await isFolder(join(folder, 'programs', 'server')))) missing.push('programs/server');
  if (missing.length === 0) return folder;
  const remedy = 'Copy the whole folder that `meteor build` made, hidden files included, or build it again.';
  throw notFound(`The Meteor bundle in ${folder} is incomplete: it lacks ${missing.join(', ')}`, remedy);
}

function notFound(message: string, remedy: string): RadiantError {
  return new RadiantError('APP_NOT_FOUND', message, remedy);
}
