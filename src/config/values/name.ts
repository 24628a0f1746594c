import { existsSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { readTextFileSync } from '../../common/text-file.ts';

/** Folders that are called alike for every app: the one around them has the better name. */
const nameless = new Set(['bundle', 'current', 'build', 'dist', 'app', 'src', 'output', '']);

/** Makes a valid app name of any text; `''` when nothing of it can stay. */
export function toName(text: string): string {
  const dashed = text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return dashed.replace(/^-+/, '').slice(0, 40).replace(/-+$/, '');
}

/** The name of an app that was given none: that of its package.json, else of its archive or folder. */
export function nameOf(app: string): string {
  const archive = /^(.+)\.(?:tar\.gz|tgz|tar)$/.exec(basename(app))?.[1];
  if (archive && !nameless.has(toName(archive))) return toName(archive) || 'app';
  const folder = archive !== undefined || isScript(app) ? dirname(app) : app;
  return toName(packageName(folder)) || folderName(folder) || 'app';
}

/** Its ending may be left out, as for Node. */
const isScript = (app: string): boolean =>
  /^\.[cm]?[jt]sx?$/.test(extname(app)) ||
  (!existsSync(app) && ['.js', '.cjs', '.mjs'].some((ending) => existsSync(app + ending)));

function packageName(folder: string): string {
  try {
    const content: unknown = JSON.parse(readTextFileSync(join(folder, 'package.json')));
    const name = (content as { name?: unknown } | null)?.name;
    return typeof name === 'string' ? name : '';
  } catch {
    return ''; // no package.json, or a broken one: whoever prepares the app says so if it matters
  }
}

function folderName(folder: string): string {
  const name = toName(basename(folder));
  const parent = dirname(folder);
  return nameless.has(name) && parent !== folder ? folderName(parent) || name : name;
}
