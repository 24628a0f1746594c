import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  unlinkSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import type { Identity } from '../../node/command.ts';
import { permissions, type FileEntry } from './tree.ts';

/** A file of a release as it was when it was staged: one that differs in any of this was written to since. */
export interface KeptFile extends FileEntry {
  mtimeMs: number;
  inode: number;
}

/** Files of a release that is kept, by their paths below `folder`. */
export interface KeptFiles {
  readonly folder: string;
  readonly files: ReadonlyMap<string, KeptFile>;
}

export const keptFile = (entry: FileEntry, { mtimeMs, ino }: Stats): KeptFile => ({
  ...entry,
  mtimeMs,
  inode: ino,
});

export const isUnchanged = ({ bytes, mtimeMs, inode, mode }: KeptFile, info: Stats): boolean =>
  info.isFile() &&
  info.size === bytes &&
  info.mtimeMs === mtimeMs &&
  info.ino === inode &&
  permissions(info.mode) === mode;

const sameFile = (a: FileEntry, b: FileEntry): boolean => a.sha256 === b.sha256 && a.mode === b.mode;

/**
 * Gives a new release the files that kept ones have already, by hard links. What is written to one of these is written to
 * all. So only what is as it was staged is linked, and only what belongs to `owner`: no other account may write to what
 * the workers of this release run.
 */
export class Linker {
  /** Files of kept releases that somebody has written to. */
  readonly changed = new Set<string>();
  readonly #kept: readonly KeptFiles[];
  readonly #owner: Identity;

  /** `kept`: the newest first. `owner`: whose a copy would be. */
  constructor(kept: readonly KeptFiles[], owner: Identity) {
    this.#kept = kept;
    this.#owner = owner;
  }

  /** Puts the file at `to`. Undefined where it has to be copied. */
  link(path: string, entry: FileEntry, to: string): KeptFile | undefined {
    return this.#find(path, entry, (from, kept) => (this.#linked(from, kept, to) ? kept : undefined));
  }

  /** The content of a file that must not be linked; undefined where it is nowhere as it was staged. */
  read(path: string, entry: FileEntry): Buffer | undefined {
    return this.#find(path, entry, (from, kept) => this.#read(from, kept));
  }

  #find<T>(
    path: string,
    entry: FileEntry,
    take: (from: string, kept: KeptFile) => T | undefined,
  ): T | undefined {
    for (const each of this.#kept) {
      const kept = each.files.get(path);
      if (kept === undefined || !sameFile(kept, entry)) continue;
      const taken = take(join(each.folder, path), kept);
      if (taken !== undefined) return taken;
    }
    return undefined;
  }

  #isTheirs = ({ uid, gid }: Stats): boolean => uid === this.#owner.uid && gid === this.#owner.gid;

  #read(from: string, kept: KeptFile): Buffer | undefined {
    try {
      const file = openSync(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        const info = fstatSync(file);
        return this.#isTheirs(info) && isUnchanged(kept, info) ? readFileSync(file) : undefined;
      } finally {
        closeSync(file);
      }
    } catch {
      return undefined;
    }
  }

  /** What was linked is looked at, and not what was there before: the way there may be another one by now. */
  #linked(from: string, kept: KeptFile, to: string): boolean {
    try {
      linkSync(from, to);
    } catch (error) {
      // Other reasons are the file system's own: another one (EXDEV), too many links (EMLINK), no links at all.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.changed.add(from);
      return false;
    }
    const info = lstatSync(to);
    const owned = this.#isTheirs(info);
    if (owned && isUnchanged(kept, info)) return true;
    unlinkSync(to);
    if (owned) this.changed.add(from);
    return false;
  }
}
