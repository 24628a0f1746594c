import { posix } from 'node:path';

export interface ArchiveLimits {
  /** Of all files together, unpacked. */
  bytes: number;
  entries: number;
}

export const defaultLimits: ArchiveLimits = { bytes: 4 * 1024 ** 3, entries: 1_000_000 };

/** What the guard looks at in an entry of a tar archive. */
export interface ArchiveEntry {
  path: string;
  type: string;
  size: number;
  linkpath?: string | undefined;
}

const contents = new Set(['File', 'OldFile', 'ContiguousFile', 'Directory']);
/** Symbolic links in a row after which Linux gives up (path_resolution(7)). */
const maxLinks = 40;

/** Looks at each entry of an archive before any is unpacked, and remembers the first that must not be. */
export class ArchiveGuard {
  problem: string | undefined;
  readonly #limits: ArchiveLimits;
  readonly #links = new Map<string, string>();
  readonly #hardLinks: ArchiveEntry[] = [];
  #bytes = 0;
  #entries = 0;

  constructor(limits: ArchiveLimits = defaultLimits) {
    this.#limits = limits;
  }

  see(entry: ArchiveEntry): void {
    this.#entries++;
    this.#bytes += entry.size;
    this.problem ??= this.#overLimit() ?? this.#problemOf(entry);
  }

  /** To be called after the last entry: only then it is known where the links lead. */
  finish(): void {
    if (this.#entries === 0) this.problem ??= 'it holds no files';
    for (const path of this.#links.keys()) {
      if (!this.#staysInside(path)) this.problem ??= `the link ${path} points outside`;
    }
    for (const { path, linkpath = '' } of this.#hardLinks) {
      if (!this.#staysInside(linkpath)) this.problem ??= `the hard link ${path} points outside`;
    }
  }

  #overLimit(): string | undefined {
    if (this.#entries > this.#limits.entries) return `it holds more than ${this.#limits.entries} files`;
    if (this.#bytes > this.#limits.bytes) return `it unpacks to more than ${this.#limits.bytes} bytes`;
    return undefined;
  }

  #problemOf(entry: ArchiveEntry): string | undefined {
    const { path, type, linkpath = '' } = entry;
    if (posix.isAbsolute(path)) return `${path} is an absolute path`;
    if (path.split('/').includes('..')) return `${path} would be written outside its folder`;
    if (type === 'SymbolicLink') this.#links.set(posix.normalize(path).replace(/\/$/, ''), linkpath);
    else if (type === 'Link') this.#hardLinks.push(entry);
    else if (!contents.has(type)) return `${path} is neither a file nor a folder nor a link (${type})`;
    return undefined;
  }

  /**
   * Follows a path as the kernel would, through all links of the archive. Comparing names is not enough: where
   * `s` is a link to `..`, `s/..` looks like the folder itself and is two above it.
   */
  #staysInside(path: string): boolean {
    const todo = path.split('/');
    const at: string[] = [];
    let followed = 0;
    if (posix.isAbsolute(path)) return false;
    for (let part = todo.shift(); part !== undefined; part = todo.shift()) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        if (at.pop() === undefined) return false;
        continue;
      }
      const target = this.#links.get([...at, part].join('/'));
      if (target === undefined) {
        at.push(part);
        continue;
      }
      if (posix.isAbsolute(target) || ++followed > maxLinks) return false;
      todo.unshift(...target.split('/'));
    }
    return true;
  }
}
