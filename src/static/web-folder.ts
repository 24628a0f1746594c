import { mkdir, readdir, readlink, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { swapLink } from '../disk/swap-link.ts';
import { parseStaticIndex, type StaticFile, type StaticIndex } from '../protocol/static-index.ts';
import { readTextFile } from '../common/text-file.ts';

const codings = ['identity', 'gzip', 'br'] as const;

/**
 * Lays out the hashed files of releases by their URLs, for a web server in front: `<web>/<coding><url>` is a link to
 * the file. `indexFiles` are the lists of all kept releases. A URL that means something else in two of them is left
 * to the app. Errors: those of the file system.
 */
export async function publishStatic(web: string, indexFiles: readonly string[]): Promise<void> {
  const wanted = linksOf(await Promise.all(indexFiles.map(readIndex)));
  for (const coding of codings) {
    // oxlint-disable-next-line no-await-in-loop -- the folder of the uncompressed files must be there first
    await mkdir(join(web, coding), { recursive: true, mode: 0o755 });
  }
  for (const [path, target] of wanted) {
    // oxlint-disable-next-line no-await-in-loop -- a few hundred links at most, and the same folders
    await point(join(web, path), target);
  }
  const there = await readdir(web, { recursive: true, withFileTypes: true });
  const old = there
    .filter((entry) => entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !wanted.has(relative(web, path)));
  await Promise.all(old.map((path) => rm(path, { force: true })));
}

/** Undefined for a list that cannot be read: the other releases' files are published all the same. */
const readIndex = (path: string): Promise<StaticIndex | undefined> =>
  readTextFile(path)
    .then(parseStaticIndex)
    .catch(() => undefined);

/** The links by their paths below the folder. */
function linksOf(indexes: readonly (StaticIndex | undefined)[]): Map<string, string> {
  const files = new Map<string, StaticFile>();
  const disputed = new Set<string>();
  for (const index of indexes) {
    for (const [url, place] of Object.entries(index?.urls ?? {})) {
      const file = index!.files[place];
      if (file === undefined || !file.cacheable || !isPlain(url)) continue;
      if ((files.get(url)?.sha256 ?? file.sha256) !== file.sha256) disputed.add(url);
      files.set(url, file);
    }
  }
  const links = new Map<string, string>();
  for (const [url, file] of files) {
    if (disputed.has(url)) continue;
    const { path, gzip, br } = file;
    links.set(`identity${url}`, path);
    if (gzip) links.set(`gzip${url}`, gzip.path);
    if (br) links.set(`br${url}`, br.path);
  }
  return links;
}

/** Names a file below the folder, and no hidden one. */
const isPlain = (url: string): boolean =>
  url.startsWith('/') &&
  url
    .slice(1)
    .split('/')
    .every((part) => part !== '' && !part.startsWith('.') && !part.includes('\0') && part.length < 250);

async function point(path: string, target: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) return;
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  swapLink(path, target);
}
