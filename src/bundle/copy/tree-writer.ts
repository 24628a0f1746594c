import { chmodSync, lchownSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Identity } from '../../node/command.ts';
import type { FileEntry, Tree } from './tree.ts';

/** Makes a new file with its content. */
export type PutFile = (path: string, to: string, entry: FileEntry) => void;

/** While it is filled, its owner must be able to write there. */
const open = 0o700;

/** False where it was there already. */
function isMade(folder: string, mode: number): boolean {
  try {
    mkdirSync(folder, { mode }); // `recursive` takes three times as long
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Makes what a tree describes in a folder, and its folders as they are needed. What is new is given to `owner`. */
export class TreeWriter {
  readonly #tree: Tree;
  readonly #to: string;
  readonly #owner: Identity | undefined;
  readonly #folders = new Set(['', '.']);

  /** `owner`: where root does it for another account. Nobody else may be able to write to the folder meanwhile then. */
  constructor(tree: Tree, to: string, owner: Identity | undefined) {
    this.#tree = tree;
    this.#to = to;
    this.#owner = owner;
  }

  write(path: string, put: PutFile): void {
    const entry = this.#tree.get(path)!;
    if (entry.kind === 'folder') return this.#makeFolder(path);
    const to = this.room(path);
    if (entry.kind === 'link') symlinkSync(entry.target, to);
    else {
      put(path, to, entry);
      chmodSync(to, entry.mode); // whatever the umask
    }
    this.#give(to);
  }

  /** Where an entry will lie; the folders around it are there then. */
  room(path: string): string {
    this.#makeFolder(dirname(path));
    return join(this.#to, path);
  }

  /** To be called when all is there: nothing more could be written to some folders. */
  finish(): void {
    for (const path of [...this.#folders].toReversed()) {
      const entry = this.#tree.get(path);
      if (entry?.kind === 'folder') chmodSync(join(this.#to, path), entry.mode);
    }
  }

  /** An archive need not name the folders of what is in it. */
  #makeFolder(path: string): void {
    if (this.#folders.has(path)) return;
    this.#makeFolder(dirname(path));
    const entry = this.#tree.get(path);
    const folder = join(this.#to, path);
    this.#folders.add(path);
    if (!isMade(folder, entry?.kind === 'folder' ? entry.mode | open : 0o777)) return;
    this.#give(folder);
  }

  #give(path: string): void {
    if (this.#owner !== undefined) lchownSync(path, this.#owner.uid, this.#owner.gid);
  }
}
