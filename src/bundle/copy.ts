import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { constants, cp, lstat, readdir, readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
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
 * The content of a folder: SHA-256 over the relative paths, the execute bits, the links' targets and the files.
 * Errors: APP_NOT_FOUND, when something in it could not be copied elsewhere.
 */
export async function contentOfFolder(folder: string): Promise<Content> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const path of await allPaths(folder)) {
    // oxlint-disable no-await-in-loop -- one hash over all of them
    const file = join(folder, path);
    const info = await lstat(file);
    hash.update(`${path}\0${info.mode & 0o111 ? 'x' : '-'}\0`);
    if (info.isSymbolicLink()) hash.update(await linkInside(folder, file));
    else if (info.isFile()) bytes += await addFile(hash, file);
    else throw notCopied(file, 'is neither a file nor a folder nor a link');
    // oxlint-enable no-await-in-loop
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function allPaths(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries.filter((entry) => !entry.isDirectory());
  return paths.map((entry) => relative(folder, join(entry.parentPath, entry.name))).toSorted();
}

/** A relative link that leads out of the folder would lead elsewhere from the copy. */
async function linkInside(folder: string, link: string): Promise<string> {
  const target = await readlink(link);
  const outside = relative(folder, resolve(dirname(link), target)).startsWith('..');
  if (outside && !isAbsolute(target)) throw notCopied(link, `is a link out of the folder, to ${target}`);
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
