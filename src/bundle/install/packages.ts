import { lstatSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { copyFile } from '../copy/copy.ts';
import { isUnchanged, keptFile, Linker, type KeptFile } from '../copy/linker.ts';
import { isBelow } from '../copy/linkable.ts';
import { contentOfFile, readTree, type Entry, type FileEntry, type Tree } from '../copy/tree.ts';
import { TreeWriter } from '../copy/tree-writer.ts';

type InstalledEntry = KeptFile | Exclude<Entry, FileEntry>;

/** What npm has made in a bundle's `programs/server`, by the paths in that. */
export interface Packages {
  /** Of what they were made: see `packagesKey`. */
  key: string;
  tree: ReadonlyMap<string, InstalledEntry>;
}

/** A bundle's server. */
export interface Delivered {
  /** Its `programs/server`. */
  folder: string;
  /** What was delivered there; npm has changed it since, or will. */
  delivered: Tree;
  /** The folders there in which npm rebuilds packages. */
  rebuilt: readonly string[];
}

/** Those of a kept release, whose `programs/server` is `folder`. */
export interface KeptPackages extends Packages {
  folder: string;
  release: number;
}

const shared = 'node_modules';
/** npm writes these again, in place. */
const rewritten = new Set(['npm-shrinkwrap.json', 'package-lock.json']);

/**
 * What an install has made: all that is new or in the folders that it rebuilds. Undefined where it has changed something
 * else that was delivered: that belongs to this one release.
 */
export function packagesMade({ folder, delivered, rebuilt }: Delivered): Packages['tree'] | undefined {
  const isRebuilt = (path: string): boolean => rebuilt.some((each) => isBelow(path, each));
  const leadsThere = (path: string): boolean => rebuilt.some((each) => isBelow(each, path));
  const isOther = (path: string): boolean => isBelow(path, 'npm') && !isRebuilt(path);
  const made = new Map<string, InstalledEntry>();
  for (const [path, entry] of readTree(folder, false, (each) => isOther(each) && !leadsThere(each))) {
    if (isOther(path)) continue;
    const before = delivered.get(path);
    if (before !== undefined && !isRebuilt(path) && !rewritten.has(path)) {
      if (!sameEntry(entry, before)) return undefined;
      continue;
    }
    made.set(path, entry.kind === 'file' ? keptFile(entry, lstatSync(join(folder, path))) : entry);
  }
  return made;
}

function sameEntry(a: Entry, b: Entry): boolean {
  if (a.kind === 'file') return b.kind === 'file' && a.sha256 === b.sha256;
  return a.kind === b.kind && (a.kind !== 'link' || (b.kind === 'link' && a.target === b.target));
}

/**
 * Gives a new release the packages of a kept one: `node_modules` as links, all else as copies, since a rebuild writes to it.
 * Undefined, and nothing done, where they are not as npm made them: `changed` is told then.
 */
export function takePackages(
  { folder: from, tree }: KeptPackages,
  { folder: to, delivered, rebuilt }: Delivered,
  changed: Set<string>,
): Packages['tree'] | undefined {
  const owner = lstatSync(to);
  const isNew = (path: string): boolean => rebuilt.some((each) => isBelow(path, each)) || rewritten.has(path);
  if ([...tree.keys()].some((path) => delivered.has(path) && !isNew(path))) return undefined;
  const differing = [...tree].filter(([path, entry]) => !isAsMade(join(from, path), entry));
  for (const [path] of differing) changed.add(join(from, path));
  if (differing.length > 0) return undefined;
  const files = new Map([...tree].flatMap(([path, entry]) => (entry.kind === 'file' ? [[path, entry]] : [])));
  const linker = new Linker([{ folder: from, files }], owner);
  const writer = new TreeWriter(tree, to, undefined);
  const taken = new Map<string, InstalledEntry>();
  for (const folder of rebuilt) rmSync(join(to, folder), { recursive: true, force: true });
  for (const [path, entry] of tree) {
    const linked =
      entry.kind === 'file' && isBelow(path, shared)
        ? linker.link(path, entry, writer.room(path))
        : undefined;
    if (linked === undefined) {
      if (rewritten.has(path)) rmSync(join(to, path), { force: true });
      writer.write(path, (_, room) => copyFile(join(from, path), room));
    }
    taken.set(path, linked ?? (entry.kind === 'file' ? keptFile(entry, lstatSync(join(to, path))) : entry));
  }
  writer.finish();
  for (const path of linker.changed) changed.add(path);
  return taken;
}

/** One that only was touched, or copied elsewhere and back, holds what it held. */
function isAsMade(path: string, entry: InstalledEntry): boolean {
  try {
    if (entry.kind === 'folder') return lstatSync(path).isDirectory();
    if (entry.kind === 'link') return readlinkSync(path) === entry.target;
    const info = lstatSync(path);
    return isUnchanged(entry, info) || (info.isFile() && contentOfFile(path).sha256 === entry.sha256);
  } catch {
    return false;
  }
}
