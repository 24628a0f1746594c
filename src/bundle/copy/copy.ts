import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { chown, constants, cp, lstat, mkdir, readdir, readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { RadiantError } from '../../common/errors.ts';
import type { Identity } from '../../node/command.ts';
import { ownerAccount } from '../account/account.ts';

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

/**
 * Copies a bundle; shares the blocks where the file system can. Where root does it for another account, `owner`, that one
 * writes, and whoever owns the bundle reads: either may change the folders meanwhile. Errors: STATE; those of the disk.
 */
export async function copyFolder(from: string, to: string, owner: Identity | undefined): Promise<void> {
  if (owner === undefined) {
    await cp(from, to, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
    return;
  }
  await mkdir(to, { recursive: true, mode: 0o755 });
  await chown(to, owner.uid, owner.gid);
  const reader = (await ownerAccount(from)) ?? { uid: 0, gid: 0 };
  const read = tar('-cf', from, reader, ['ignore', 'pipe', 'pipe']);
  const written = tar('-xf', to, owner, [read.stdout, 'ignore', 'pipe']);
  read.stdout!.destroy(); // it is theirs
  const problems = (await Promise.all([failure(read), failure(written)])).filter((each) => each !== '');
  if (problems.length > 0)
    throw new RadiantError('STATE', `${from} cannot be copied: ${problems.join('; ')}`);
}

/** Follows no link, also where a folder becomes one under its hands. */
const tar = (what: '-cf' | '-xf', cwd: string, who: Identity, stdio: StdioOptions): ChildProcess =>
  spawn('tar', what === '-cf' ? [what, '-', '.'] : [what, '-', '--no-same-owner'], {
    cwd,
    stdio,
    uid: who.uid,
    gid: who.gid,
  });

/** Why it failed; '' when it did not. */
async function failure(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(([code]) => Number(code) === 0 && code !== null, String);
  const [said, good] = await Promise.all([textOf(child.stderr!), ended]);
  return good === true ? '' : said.trim() || String(good);
}
