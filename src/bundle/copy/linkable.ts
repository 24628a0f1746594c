import { posix } from 'node:path';
import type { Tree } from './tree.ts';

export const serverFolder = 'programs/server';
const npmFolder = `${serverFolder}/npm`;

/** The packages of the app, which the bundle brings along. */
export const isOfNpm = (path: string): boolean => path.startsWith(`${npmFolder}/`);

export const isBelow = (path: string, folder: string): boolean =>
  folder === '.' || path === folder || path.startsWith(`${folder}/`);

/** The folders that npm-rebuilds.json names, in the bundle; undefined where it is none that Meteor writes. */
function namedFolders(text: string | undefined): string[] | undefined {
  if (text === undefined) return [];
  try {
    const folders = JSON.parse(text) as unknown;
    if (!Array.isArray(folders) || !folders.every((each) => typeof each === 'string')) return undefined;
    return folders.map((each: string) => posix.join(serverFolder, each).replace(/\/$/, ''));
  } catch {
    return undefined;
  }
}

/**
 * Where npm writes again when it rebuilds packages: in place, and workers may have mapped a `.node` file there. It follows
 * links, so that is also what these lead to. `text`: npm-rebuilds.json, if there is one. Undefined where it cannot be told.
 */
export function rebuiltFolders(tree: Tree, text: string | undefined): ReadonlySet<string> | undefined {
  const named = namedFolders(text);
  if (named === undefined) return undefined;
  const written = new Set(named);
  const links = [...tree].flatMap(([path, entry]) =>
    entry.kind === 'link' ? [{ path, target: posix.join(posix.dirname(path), entry.target) }] : [],
  );
  for (let before = -1; before < written.size;) {
    before = written.size;
    for (const { path, target } of links) {
      for (const folder of Array.from(written)) {
        if (isBelow(path, folder)) written.add(target);
        // The folder lies behind the link.
        else if (isBelow(folder, path)) written.add(target + folder.slice(path.length));
      }
      if (written.size > named.length + mostFollowed) return undefined;
    }
  }
  return written;
}

/** Which files of a bundle may be shared with other releases: the packages of the app, which nobody writes to. */
export function isLinkable(path: string, rebuilt: ReadonlySet<string>): boolean {
  return isOfNpm(path) && ![...rebuilt].some((folder) => isBelow(path, folder));
}

/** Links that lead in a circle make ever longer paths. */
const mostFollowed = 1000;
