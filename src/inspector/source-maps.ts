import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTextFileSync } from '../common/text-file.ts';

/** Of the protocol's `Debugger.scriptParsed`. */
export interface Script {
  /** A `file:` URL, a path, or the name of one of Node's own modules; '' for code that was made from text. */
  url: string;
  /** What the script's `//# sourceMappingURL` says. */
  sourceMapURL?: string;
}

/** A place in a source file; line and column begin with 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

interface Map {
  map: SourceMap;
  /** Where its relative sources start. */
  folder: string;
}

const largestMap = 128 * 1024 * 1024;
/** How far above a script its program.json is looked for: `programs/server/npm/node_modules/…` is no app code. */
const levels = 4;

/** Leads from what Node runs to what somebody wrote. */
export class SourceMaps {
  readonly #root: string;
  readonly #maps = new globalThis.Map<Script, Map | undefined>();

  /** Files below `root` are named from there. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Lines and columns given begin with 0, as the protocol has them. */
  place(script: Script, line: number, column: number): Place {
    const found = this.#mapOf(script);
    const entry = found?.map.findEntry(line, column);
    if (found !== undefined && entry !== undefined && 'originalSource' in entry) {
      const file = this.#source(entry.originalSource, found.folder);
      return { file, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
    }
    return { file: this.#short(pathOf(script)), line: line + 1, column: column + 1 };
  }

  #mapOf(script: Script): Map | undefined {
    if (!this.#maps.has(script)) this.#maps.set(script, load(script));
    return this.#maps.get(script);
  }

  /** Bundlers write `meteor://💻app/server/x.js` or `webpack://name/./src/x.ts`. */
  #source(source: string, folder: string): string {
    if (source.startsWith('file:')) return this.#short(fileURLToPath(source));
    const named = /^[a-z-]+:\/\/[^/]*\/(?:\.\/)?(.*)$/.exec(source);
    return named?.[1] ?? this.#short(resolve(folder, source));
  }

  #short(path: string): string {
    if (!isAbsolute(path)) return path;
    const below = relative(this.#root, path);
    return below.startsWith('..') ? path : below;
  }
}

export const pathOf = ({ url }: Script): string => (url.startsWith('file:') ? fileURLToPath(url) : url);

/** Node's own code: `node:internal/timers`, on Node 14 `internal/timers.js` or `net.js`. */
export const isNodes = ({ url }: Script): boolean => /^(?:node:|internal\/|[^/]+\.js$)/.test(url);

function load(script: Script): Map | undefined {
  try {
    const inline = /^data:application\/json[^,]*?(;base64)?,(.*)$/s.exec(script.sourceMapURL ?? '');
    if (inline) {
      const [, base64, data = ''] = inline;
      const text = base64 ? Buffer.from(data, 'base64').toString() : decodeURIComponent(data);
      return parse(text, dirname(pathOf(script)));
    }
    const file = mapFile(script);
    return file === undefined ? undefined : parse(readRegular(file), dirname(file));
  } catch {
    return undefined; // the place in the code that runs is told instead
  }
}

function parse(text: string, folder: string): Map {
  const payload = JSON.parse(text) as SourceMapPayload;
  return { map: new SourceMap(payload), folder: resolve(folder, payload.sourceRoot ?? '') };
}

/** Named by the script, by the program.json of a Meteor bundle, or beside the script. */
function mapFile(script: Script): string | undefined {
  const path = pathOf(script);
  if (!isAbsolute(path)) return undefined;
  if (script.sourceMapURL && !script.sourceMapURL.includes('://'))
    return resolve(dirname(path), script.sourceMapURL);
  return ofMeteor(path) ?? `${path}.map`;
}

/** The server's program.json lists what it loads: `{ path, sourceMap }`, both from its own folder. */
function ofMeteor(path: string): string | undefined {
  let folder = dirname(path);
  for (let level = 0; level < levels; level += 1, folder = dirname(folder)) {
    try {
      const { load: files } = JSON.parse(readRegular(resolve(folder, 'program.json'))) as {
        load: { path: string; sourceMap?: string }[];
      };
      const file = files.find((entry) => resolve(folder, entry.path) === path);
      return file?.sourceMap && resolve(folder, file.sourceMap);
    } catch {
      // It is not here.
    }
  }
  return undefined;
}

/** The path may be anything that an app wrote: a pipe would be waited for, a device never end. */
function readRegular(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const info = fstatSync(fd);
    if (!info.isFile() || info.size > largestMap) throw new Error(`${path} is no source map`);
    return readTextFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
