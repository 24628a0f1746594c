import { createHash, hash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Dirent,
} from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { RadiantError } from '../../common/errors.ts';

/** What a file or a folder holds, in short. */
export interface Content {
  bytes: number;
  sha256: string;
}

export interface FileEntry extends Content {
  kind: 'file';
  /** The permissions, as chmod(2) has them. */
  mode: number;
}

export type Entry = FileEntry | { kind: 'folder'; mode: number } | { kind: 'link'; target: string };

/** What a folder or an archive holds, by the paths in it; a folder stands before what is in it. */
export type Tree = ReadonlyMap<string, Entry>;

export const permissions = (mode: number): number => mode & 0o777;

/** The same with the permissions that a umask leaves. */
export const masked = (tree: Tree, umask: number): Tree =>
  new Map(
    [...tree].map(([path, entry]) => [
      path,
      entry.kind === 'link' ? entry : { ...entry, mode: entry.mode & ~umask },
    ]),
  );

/**
 * Reads all of a folder, each file to its end: at once, since thousands of streams take eight times as long. Where
 * `copied`, what could not be copied elsewhere is an error. Errors: APP_NOT_FOUND; those of the disk.
 */
export function readTree(
  folder: string,
  copied: boolean,
  skip: (path: string) => boolean = () => false,
): Tree {
  const tree = new Map<string, Entry>();
  const read = (path: string): void => {
    for (const found of readdirSync(join(folder, path), { withFileTypes: true })) {
      const inner = path === '' ? found.name : `${path}/${found.name}`;
      if (skip(inner)) continue;
      const entry = readEntry(join(folder, inner), found);
      if (copied && entry.kind === 'link') checkInside(folder, join(folder, inner), entry.target);
      tree.set(inner, entry);
      if (entry.kind === 'folder') read(inner);
    }
  };
  read('');
  return tree;
}

function readEntry(path: string, found: Dirent): Entry {
  if (found.isFile()) return readFileEntry(path);
  if (found.isDirectory()) return { kind: 'folder', mode: permissions(lstatSync(path).mode) };
  if (found.isSymbolicLink()) return { kind: 'link', target: readlinkSync(path) };
  throw notCopied(path, 'is neither a file nor a folder nor a link');
}

/** One line of JSON for each entry, its kind, path, execute bit and content: the same on disk as in the releases before. */
export function contentOfTree(tree: Tree): Content {
  const all = createHash('sha256');
  let bytes = 0;
  for (const path of [...tree.keys()].toSorted()) {
    const entry = tree.get(path)!;
    const told: unknown[] = [path, entry.kind];
    if (entry.kind === 'link') told.push(entry.target);
    if (entry.kind === 'file') {
      told.push((entry.mode & 0o111) !== 0, entry.sha256);
      bytes += entry.bytes;
    }
    all.update(`${JSON.stringify(told)}\n`);
  }
  return { bytes, sha256: all.digest('hex') };
}

export function contentOfText(text: string): Content {
  return { bytes: Buffer.byteLength(text), sha256: hash('sha256', text) };
}

const buffer = Buffer.allocUnsafeSlow(1024 * 1024);

export function contentOfFile(file: string): Content {
  const { bytes, sha256 } = readFileEntry(file);
  return { bytes, sha256 };
}

/** Of a file, and of nothing that has come into its place: a pipe would be waited for. Errors: those of the disk. */
function readFileEntry(file: string): FileEntry {
  const opened = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const info = fstatSync(opened);
    if (!info.isFile()) throw notCopied(file, 'is no file any more');
    return { kind: 'file', mode: permissions(info.mode), ...readContent(opened) };
  } finally {
    closeSync(opened);
  }
}

function readContent(file: number): Content {
  let read = readSync(file, buffer);
  // A file that is read short is at its end.
  if (read < buffer.length) return { bytes: read, sha256: hash('sha256', buffer.subarray(0, read)) };
  const whole = createHash('sha256');
  let bytes = 0;
  for (; read > 0; read = readSync(file, buffer)) {
    whole.update(buffer.subarray(0, read));
    bytes += read;
  }
  return { bytes, sha256: whole.digest('hex') };
}

/** A link that leads out of the folder, or names it from the root, would not lead into the copy. */
function checkInside(folder: string, link: string, target: string): void {
  const outside = relative(folder, resolve(dirname(link), target)).split(sep)[0] === '..';
  if (outside || isAbsolute(target)) throw notCopied(link, `is a link out of the folder, to ${target}`);
}

function notCopied(path: string, why: string): RadiantError {
  const remedy = 'Radiant copies a bundle before it runs it: put a copy of what the link means in its place.';
  return new RadiantError('APP_NOT_FOUND', `${path} ${why}`, remedy);
}
