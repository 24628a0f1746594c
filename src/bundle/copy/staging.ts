import { chmodSync, lchownSync, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Identity } from '../../node/command.ts';
import { keptFile, Linker, type KeptFile, type KeptFiles } from './linker.ts';
import { isLinkable, isOfNpm, rebuiltFolders, serverFolder } from './linkable.ts';
import type { Tree } from './tree.ts';
import { TreeWriter, type PutFile } from './tree-writer.ts';

/** Where a bundle comes to lie, for whom, and what may be used again for it. */
export interface Place {
  /** A folder that is not there yet. */
  into: string;
  /** Whose it will be, where root does it for another account. */
  owner: Identity | undefined;
  /** What kept releases have, the newest first. */
  kept: readonly KeptFiles[];
}

/** A bundle in the folder of its release. */
export interface PlacedBundle {
  folder: string;
  /** All of it, as it was delivered. */
  tree: Tree;
  /** Where npm rebuilds packages; undefined where that cannot be told. */
  rebuilt: ReadonlySet<string> | undefined;
  /** What later releases may have too. */
  files: ReadonlyMap<string, KeptFile>;
  /** Files of kept releases that somebody has written to. */
  changed: Set<string>;
}

export const rebuildsFile = `${serverFolder}/npm-rebuilds.json`;

/**
 * Puts a bundle into its folder: what kept releases have is linked, the rest is left to who has its content. The folder is
 * closed until all is there: what is given to its owner piece by piece must not be changed by that meanwhile.
 */
export class Staging {
  readonly #place: Place;
  readonly #tree: Tree;
  readonly #folder: string;
  readonly #rebuilt: ReadonlySet<string> | undefined;
  readonly #linker: Linker;
  readonly #writer: TreeWriter;
  readonly #linked = new Map<string, KeptFile>();

  /** `base`: where in `into` the bundle lies. `rebuilds`: the text of npm-rebuilds.json, if there is one. */
  constructor(tree: Tree, base: string, place: Place, rebuilds: string | undefined) {
    const { into, owner, kept } = place;
    this.#place = place;
    this.#tree = tree;
    this.#folder = join(into, base);
    mkdirSync(into, { recursive: true, mode: 0o700 });
    if (this.#folder !== into) {
      mkdirSync(this.#folder);
      chmodSync(this.#folder, 0o755);
      if (owner !== undefined) lchownSync(this.#folder, owner.uid, owner.gid);
    }
    this.#rebuilt = rebuiltFolders(tree, rebuilds);
    this.#linker = new Linker(kept, owner ?? lstatSync(into));
    this.#writer = new TreeWriter(tree, this.#folder, owner);
  }

  /** Links what kept releases have; returns the paths of all else, folders and links too. */
  link(): string[] {
    return [...this.#tree].flatMap(([path, entry]) => {
      if (entry.kind !== 'file' || !this.#isLinkable(path)) return [path];
      const kept = this.#linker.link(path, entry, this.#writer.room(path));
      if (kept === undefined) return [path];
      this.#linked.set(path, kept);
      return [];
    });
  }

  /** The content that a kept release has of a file which must not be linked. */
  contentOf(path: string): Buffer | undefined {
    const entry = this.#tree.get(path);
    return entry?.kind === 'file' ? this.#linker.read(path, entry) : undefined;
  }

  write(paths: readonly string[], put: PutFile): void {
    for (const path of paths) this.#writer.write(path, put);
    this.#writer.finish();
  }

  /** The workers may enter. */
  open(): void {
    chmodSync(this.#place.into, 0o755);
  }

  /** To be called when all is there. */
  done(): PlacedBundle {
    const files = new Map<string, KeptFile>();
    for (const [path, entry] of this.#tree) {
      if (entry.kind !== 'file' || !isOfNpm(path)) continue;
      files.set(path, this.#linked.get(path) ?? keptFile(entry, lstatSync(join(this.#folder, path))));
    }
    const [folder, tree, rebuilt, { changed }] = [this.#folder, this.#tree, this.#rebuilt, this.#linker];
    return { folder, tree, rebuilt, files, changed };
  }

  #isLinkable(path: string): boolean {
    return this.#rebuilt !== undefined && isLinkable(path, this.#rebuilt);
  }
}
