import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { lookup } from 'mrmime';
import type { Candidate } from './candidate.ts';

/**
 * The files below folders that the user named, by URL path: no hidden ones, and nothing that a link leads to outside
 * of its folder. Errors: those of the file system, for a folder that is not there.
 */
export async function folderCandidates(
  folders: Record<string, string>,
  prefix: string,
): Promise<Candidate[]> {
  const lists = await Promise.all(
    Object.entries(folders).map(async ([url, folder]) => {
      const root = await realpath(folder);
      const base = prefix + (url === '/' ? '' : url.replace(/\/+$/, ''));
      return walk({ root, folder: root, url: base, above: new Set([root]) });
    }),
  );
  return lists.flat();
}

interface Place {
  root: string;
  folder: string;
  url: string;
  /** The real folders on the way here: a link to one of them would never end. */
  above: ReadonlySet<string>;
}

async function walk({ root, folder, url, above }: Place): Promise<Candidate[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).toSorted();
  const found: Candidate[] = [];
  for (const name of names) {
    const path = await realpath(join(folder, name)).catch(() => undefined);
    const inside = path !== undefined && path.startsWith(root === sep ? root : root + sep);
    const hidden = path?.slice(root.length).includes(`${sep}.`);
    if (!inside || hidden) continue;
    const kind = await stat(path);
    const own = `${url}/${name}`;
    if (kind.isDirectory() && !above.has(path)) {
      found.push(...(await walk({ root, folder: path, url: own, above: new Set([...above, path]) })));
    } else if (kind.isFile()) {
      const contentType = lookup(extname(name)) ?? 'application/octet-stream';
      found.push({ path, root, urls: [own], contentType, cacheable: false, fromFolder: true });
    }
  }
  return found;
}
