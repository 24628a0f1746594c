import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { KeptPackages, Packages } from '../bundle/install/packages.ts';
import type { KeptFile, KeptFiles } from '../bundle/copy/linker.ts';
import { serverFolder } from '../bundle/copy/linkable.ts';
import type { PlacedBundle } from '../bundle/copy/staging.ts';
import type { RunFolder } from '../disk/run-folder.ts';
import { writeStateFile } from '../disk/state-file.ts';
import { numbersIn } from './store.ts';

type Tuple = [path: string, ...file: number[], sha256: string];
type PackagesEntry = Packages['tree'] extends ReadonlyMap<string, infer E> ? E : never;

/** How the files of a release were when it had been staged, as they stand in `files.json.gz` beside it. */
interface Noted {
  format: 1;
  /** Where in the release's folder the bundle is. */
  bundle: string;
  files: Tuple[];
  packages?: { key: string; tree: [path: string, entry: PackagesEntry][] };
}

/** Workers of another account can neither read nor write it. */
const fileOf = (releases: string, number: number): string => join(releases, String(number), 'files.json.gz');

/** To be called when all of a release has been staged: from then on others take from it. */
export function noteFiles(
  { releases }: Pick<RunFolder, 'releases'>,
  number: number,
  placed: PlacedBundle,
  packages: Packages | undefined,
): Promise<void> {
  const noted: Noted = {
    format: 1,
    bundle: relative(join(releases, String(number)), placed.folder),
    files: filesAfter(placed, packages).map((file): Tuple => {
      const { path, mode, bytes, mtimeMs, inode, sha256 } = file;
      return [path, mode, bytes, mtimeMs, inode, sha256];
    }),
    ...(packages && { packages: { key: packages.key, tree: [...packages.tree] } }),
  };
  return writeStateFile(fileOf(releases, number), gzipSync(JSON.stringify(noted)));
}

/** Where npm rebuilds packages, what was delivered is as it was when it had done that. */
function filesAfter(
  { files }: PlacedBundle,
  packages: Packages | undefined,
): (KeptFile & { path: string })[] {
  return [...files].map(([path, file]) => {
    const after = packages?.tree.get(relative(serverFolder, path));
    const same = after?.kind === 'file' && after.sha256 === file.sha256 && after.mode === file.mode;
    return { path, ...(same ? after : file) };
  });
}

/** What a kept release has that another one may have too. Its notes are megabytes: they are read when they are asked for. */
export class KeptRelease implements KeptFiles {
  readonly #releases: string;
  readonly #number: number;
  #noted: Noted | undefined;
  #files: ReadonlyMap<string, KeptFile> | undefined;

  constructor(releases: string, number: number) {
    this.#releases = releases;
    this.#number = number;
  }

  get folder(): string {
    return join(this.#releases, String(this.#number), this.#read().bundle);
  }

  get files(): ReadonlyMap<string, KeptFile> {
    this.#files ??= new Map(
      this.#read().files.map(([path, mode, bytes, mtimeMs, inode, sha256]) => [
        path,
        { kind: 'file', mode, bytes, mtimeMs, inode, sha256 } as KeptFile,
      ]),
    );
    return this.#files;
  }

  get packages(): KeptPackages | undefined {
    const { packages } = this.#read();
    if (packages === undefined) return undefined;
    const folder = join(this.folder, serverFolder);
    return { key: packages.key, tree: new Map(packages.tree), folder, release: this.#number };
  }

  /** Nothing for a release of scripts or settings, one that was not staged to its end, and where the notes are damaged. */
  #read(): Noted {
    this.#noted ??= readNoted(fileOf(this.#releases, this.#number)) ?? { format: 1, bundle: '', files: [] };
    return this.#noted;
  }
}

/** The newest first. */
export const keptReleases = async ({ releases }: Pick<RunFolder, 'releases'>): Promise<KeptRelease[]> =>
  (await numbersIn(releases)).toReversed().map((number) => new KeptRelease(releases, number));

function readNoted(file: string): Noted | undefined {
  try {
    const noted = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Partial<Noted> | null;
    return noted?.format === 1 ? (noted as Noted) : undefined;
  } catch {
    return undefined;
  }
}
