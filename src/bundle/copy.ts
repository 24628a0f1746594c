import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { constants, cp, lstat, readdir, readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { RadiantError } from '../errors.ts';
import { runCommand, type Identity } from '../node/command.ts';

/** What a file or a folder holds, in short. */
export interface Content {
  bytes: number;
  sha256: string;
}

export async function contentOfFile(file: string): Promise<Content> {
  const hash = createHash('sha256');
  const bytes = await addFile(hash, file);
  return { bytes, sha256: hash.digest('hex') };
}

export function contentOfText(text: string): Content {
  return { bytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') };
}

async function addFile(hash: Hash, file: string): Promise<number> {
  let bytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return bytes;
}

/**
 * The content of a folder: SHA-256 over one line of JSON for each entry, its kind, path, execute bit and content.
 * Errors: APP_NOT_FOUND, when something in it could not be copied elsewhere.
 */
export async function contentOfFolder(folder: string): Promise<Content> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const path of await allPaths(folder)) {
    // oxlint-disable no-await-in-loop -- one hash over all of them
    const file = join(folder, path);
    const info = await lstat(file);
    const entry: unknown[] = [path];
    if (info.isSymbolicLink()) entry.push('link', await linkInside(folder, file));
    else if (info.isDirectory()) entry.push('folder');
    else if (info.isFile()) {
      const content = await contentOfFile(file);
      bytes += content.bytes;
      entry.push('file', (info.mode & 0o111) !== 0, content.sha256);
    } else throw notCopied(file, 'is neither a file nor a folder nor a link');
    // oxlint-enable no-await-in-loop
    hash.update(`${JSON.stringify(entry)}\n`);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Asked for names alone, `readdir` would go through links too, and on through all that they lead to. */
async function allPaths(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).toSorted();
}

/** A link that leads out of the folder, or names it from the root, would not lead into the copy. */
async function linkInside(folder: string, link: string): Promise<string> {
  const target = await readlink(link);
  const outside = relative(folder, resolve(dirname(link), target)).split(sep)[0] === '..';
  if (outside || isAbsolute(target)) throw notCopied(link, `is a link out of the folder, to ${target}`);
  return target;
}

function notCopied(path: string, why: string): RadiantError {
  const remedy = 'Radiant copies a bundle before it runs it: put a copy of what the link means in its place.';
  return new RadiantError('APP_NOT_FOUND', `${path} ${why}`, remedy);
}

/** Copies a bundle, for `owner` if root does that for another user; shares the blocks where the file system can. */
export async function copyFolder(from: string, to: string, owner: Identity | undefined): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  if (owner === undefined) return;
  const { code, output } = await runCommand('chown', ['-R', '-h', `${owner.uid}:${owner.gid}`, to]);
  if (code !== 0)
    throw new RadiantError('STATE', `${to} cannot be given to user ${owner.uid}: ${output.trim()}`);
}
