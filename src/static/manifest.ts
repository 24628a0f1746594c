import { realpath } from 'node:fs/promises';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { lookup } from 'mrmime';
import { readJsonObject } from '../bundle/source/star.ts';
import type { Candidate } from './candidate.ts';

/** One entry of a client program's manifest; anything may be missing in a broken one. */
interface Item {
  path?: unknown;
  url?: unknown;
  where?: unknown;
  type?: unknown;
  cacheable?: unknown;
  hash?: unknown;
  sourceMap?: unknown;
  sourceMapUrl?: unknown;
}

const types: Record<string, string> = {
  js: 'application/javascript',
  'dynamic js': 'application/javascript',
  css: 'text/css',
  json: 'application/json',
};

/**
 * The files of a Meteor bundle's client programs, under all URLs that Meteor gives them: the bare one, and one with
 * the architecture's name, `/__browser/…`. `prefix` is ROOT_URL's path. Errors: APP_NOT_FOUND for what is no manifest.
 */
export async function meteorCandidates(bundle: string, prefix: string): Promise<Candidate[]> {
  const root = await realpath(bundle);
  const star = await readJsonObject(join(bundle, 'star.json'));
  const programs = (Array.isArray(star.programs) ? star.programs : []) as {
    arch?: unknown;
    path?: unknown;
  }[];
  const clients = programs.filter(({ arch }) => typeof arch === 'string' && arch.startsWith('web.'));
  const lists = await Promise.all(
    clients.map(async ({ arch, path }) => {
      const file = join(bundle, String(path));
      const { manifest } = await readJsonObject(file);
      const items = (Array.isArray(manifest) ? manifest : []) as Item[];
      const space = `${prefix}/__${String(arch).slice('web.'.length)}`;
      return items.flatMap((item) =>
        candidatesOf(item, { root, folder: dirname(file) }, [prefix, space], prefix),
      );
    }),
  );
  return lists.flat();
}

function candidatesOf(
  item: Item,
  { root, folder }: { root: string; folder: string },
  spaces: string[],
  prefix: string,
): Candidate[] {
  if (item.where !== 'client' || typeof item.url !== 'string' || typeof item.path !== 'string') return [];
  const found: Candidate[] = [];
  const add = (
    path: string,
    url: string,
    rest: Omit<Candidate, 'path' | 'root' | 'urls' | 'contentType'>,
    type: string,
  ) => {
    const absolute = resolve(folder, path);
    // A manifest is the app's: it must not name what lies elsewhere.
    const decoded = decodedPath(url);
    if (!absolute.startsWith(folder + sep) || decoded === undefined) return;
    const contentType = types[type] ?? lookup(extname(path)) ?? '';
    found.push({ path: absolute, root, urls: spaces.map((space) => space + decoded), contentType, ...rest });
  };
  const { sourceMap, sourceMapUrl, hash } = item;
  const mapped = typeof sourceMapUrl === 'string';
  const type = typeof item.type === 'string' ? item.type : '';
  add(
    item.path,
    item.url,
    {
      cacheable: item.cacheable === true,
      ...(typeof hash === 'string' && { hash }),
      ...(mapped && { sourceMapUrl: prefix + sourceMapUrl }),
    },
    type,
  );
  if (mapped && typeof sourceMap === 'string') add(sourceMap, sourceMapUrl, { cacheable: true }, 'json');
  return found;
}

/** As Meteor looks them up: without the query, decoded. */
function decodedPath(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.split('?', 1)[0]!);
    return path.startsWith('/') ? path : undefined;
  } catch {
    return undefined;
  }
}
