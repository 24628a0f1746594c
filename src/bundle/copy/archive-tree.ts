import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { ReadEntry } from 'tar';
import { permissions, type Entry, type Tree } from './tree.ts';

/** What an archive holds, by the paths in its bundle. */
export interface ArchiveTree {
  /** Where in the archive the bundle is: `bundle`, or '' for all of it. */
  base: string;
  tree: Tree;
  /** The content of what no other release has, as far as there is memory for it. */
  held: ReadonlyMap<string, Buffer>;
}

const mostHeld = 64 * 1024 * 1024;
const npmFolder = /(?:^|\/)programs\/server\/npm\//;
/** While it is filled, its owner must be able to write there. */
const open = 0o700;

/**
 * Takes down what comes by in an archive, so that nothing has to be unpacked that is here already. Gives up on what
 * `meteor build` never makes, and what would have to be understood as tar(1) does: hard links, a path that comes twice or
 * leads through a link, something beside the bundle.
 */
export class ArchiveReader {
  readonly #entries = new Map<string, Entry>();
  readonly #held = new Map<string, Buffer>();
  readonly #umask = process.umask();
  #room = mostHeld;
  #plain = true;

  see(entry: ReadEntry): void {
    const path = posix.normalize(entry.path).replace(/\/$/, '');
    const mode = permissions(entry.mode ?? 0o666) & ~this.#umask;
    const isFile = entry.type.endsWith('File');
    this.#plain &&= !this.#entries.has(path) && (isFile || /^(?:Directory|SymbolicLink)$/.test(entry.type));
    if (isFile) return this.#seeFile(path, mode, entry);
    const link = entry.type === 'SymbolicLink';
    const target = entry.linkpath ?? '';
    this.#entries.set(path, link ? { kind: 'link', target } : { kind: 'folder', mode: mode | open });
    entry.resume();
  }

  #seeFile(path: string, mode: number, entry: ReadEntry): void {
    const hash = createHash('sha256');
    const kept: Buffer[] | undefined = npmFolder.test(path) || entry.size > this.#room ? undefined : [];
    if (kept !== undefined) this.#room -= entry.size;
    entry.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      kept?.push(chunk);
    });
    entry.on('end', () => {
      this.#entries.set(path, { kind: 'file', mode, bytes: entry.size, sha256: hash.digest('hex') });
      if (kept !== undefined) this.#held.set(path, Buffer.concat(kept));
    });
  }

  /** To be called after the last entry; undefined where it gave up, or there is no bundle. */
  tree(): ArchiveTree | undefined {
    const base = ['bundle', ''].find((each) => this.#entries.has(posix.join(each, 'star.json')));
    if (!this.#plain || base === undefined || !this.#isOfFolders()) return undefined;
    const start = base === '' ? '' : `${base}/`;
    this.#entries.delete('.');
    if (base !== '') this.#entries.delete(base);
    if ([...this.#entries.keys()].some((path) => !path.startsWith(start))) return undefined;
    const inBundle = <T>(map: ReadonlyMap<string, T>): Map<string, T> =>
      new Map([...map].map(([path, each]) => [path.slice(start.length), each]));
    return { base, tree: inBundle(this.#entries), held: inBundle(this.#held) };
  }

  /** What is around each entry is a folder, or is not named. */
  #isOfFolders(): boolean {
    const inFolders = (path: string): boolean => {
      const around = posix.dirname(path);
      const entry = this.#entries.get(around);
      return entry === undefined ? around === '.' || inFolders(around) : entry.kind === 'folder';
    };
    return [...this.#entries.keys()].every(inFolders);
  }
}
