import { createHash } from 'node:crypto';
import { mkdir, type FileHandle } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Account } from '../bundle/account/account.ts';
import { asAccount } from '../bundle/account/as-account.ts';
import type { Program } from '../running/program.ts';
import type { Progress } from '../node/progress.ts';
import type { Config } from '../config/types.ts';
import { openFor } from '../disk/foreign-folder.ts';
import type { StaticFile, StaticIndex } from '../protocol/static-index.ts';
import type { Candidate } from './candidate.ts';
import { canShrink, compressInto, writeWhole } from './compress.ts';
import { folderCandidates } from './folders.ts';
import { meteorCandidates } from './manifest.ts';

export { sweepStatic } from './sweep.ts';

export interface StaticOptions {
  program: Program;
  config: Config;
  /** Compressed files of all releases. */
  store: string;
  /** The release's own folder; `static.json` is written there. */
  folder: string;
  /** The release's number. */
  number: number;
  progress: Progress;
  /** Whose app it is, where root prepares it: it may change the files meanwhile. */
  account?: Account | undefined;
}

/** The threads that compress are Node's pool of four. */
const atOnce = Math.min(4, availableParallelism());

/**
 * Makes the list of what agents serve of a release, with compressed files beside it. Returns its path, or undefined
 * when there is nothing. What goes wrong is told and never an error: then the app serves its files itself.
 */
export async function prepareStatic(options: StaticOptions): Promise<string | undefined> {
  const { config, store, folder, number, progress, account } = options;
  if (config.noStatic) return undefined;
  const since = performance.now();
  try {
    const candidates = await asAccount(account, () => candidatesOf(options));
    await mkdir(store, { recursive: true, mode: 0o755 });
    await mkdir(folder, { recursive: true });
    const index = await indexOf(candidates, number, (candidate) => look(candidate, store, account));
    if (index.files.length === 0) return undefined;
    const path = join(folder, 'static.json');
    await writeWhole(path, JSON.stringify(index));
    const seconds = ((performance.now() - since) / 1000).toFixed(1);
    progress.step(`${index.files.length} static files ready in ${seconds} s`);
    return path;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    progress.step(`The app serves its static files itself: ${why}`);
    return undefined;
  }
}

async function candidatesOf({ program, config }: StaticOptions): Promise<Candidate[]> {
  const prefix = new URL(config.rootUrl ?? 'http://localhost').pathname.replace(/\/+$/, '');
  const bundled = program.kind === 'meteor' ? await meteorCandidates(program.cwd, prefix) : [];
  return [...bundled, ...(await folderCandidates(config.static ?? {}, prefix))];
}

async function indexOf(
  candidates: Candidate[],
  number: number,
  lookAt: (candidate: Candidate) => Promise<StaticFile | undefined>,
): Promise<StaticIndex> {
  const looked = await inTurn(candidates, lookAt);
  const index: StaticIndex = { format: 1, release: number, files: [], urls: {} };
  const disputed = new Set<string>();
  candidates.forEach(({ urls }, i) => {
    const file = looked[i];
    if (file === undefined) return;
    const place = index.files.push(file) - 1;
    for (const url of urls) {
      const other = Object.hasOwn(index.urls, url) ? index.files[index.urls[url]!] : undefined;
      if (other === undefined) index.urls[url] = place;
      // Which of two architectures' files it is depends on the browser: the app knows.
      else if (other.sha256 !== file.sha256) disputed.add(url);
    }
  });
  for (const url of disputed) delete index.urls[url];
  return index;
}

/** As `Promise.all` over the items, a few at a time. */
async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < items.length) {
      const i = next;
      next += 1;
      results[i] = await work(items[i]!);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, run));
  return results;
}

/** Undefined for a file that is not there: one that is missing must not cost the others. */
async function look(
  candidate: Candidate,
  store: string,
  account: Account | undefined,
): Promise<StaticFile | undefined> {
  const file = await openFor(account, candidate.root, candidate.path);
  try {
    return file && (await lookInto(file, candidate, store));
  } finally {
    await file?.close();
  }
}

async function lookInto(file: FileHandle, candidate: Candidate, store: string): Promise<StaticFile> {
  const { path, contentType, cacheable, hash, sourceMapUrl, fromFolder } = candidate;
  const { size, mtimeMs } = await file.stat();
  const content = canShrink(contentType, size) ? await file.readFile() : undefined;
  const [sha1, sha256] = await hashesOf(file, content);
  return {
    path,
    size,
    mtimeMs: Math.floor(mtimeMs),
    sha256,
    tag: hash === sha1 ? sha1 : sha256.slice(0, 40),
    cacheable,
    contentType: fromFolder ? withCharset(contentType) : null,
    ...(sourceMapUrl !== undefined && { sourceMapUrl }),
    ...(fromFolder && { fromFolder }),
    ...(content && (await compressInto(store, sha256, content))),
  };
}

async function hashesOf(file: FileHandle, content: Buffer | undefined): Promise<[string, string]> {
  const hashes = [createHash('sha1'), createHash('sha256')] as const;
  const update = (chunk: Buffer): void => hashes.forEach((hash) => void hash.update(chunk));
  if (content) update(content);
  else {
    await pipeline(file.createReadStream({ autoClose: false }), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) update(chunk);
    });
  }
  return [hashes[0].digest('hex'), hashes[1].digest('hex')];
}

const withCharset = (type: string): string =>
  /^text\/|^application\/(javascript|json)$/.test(type) ? `${type}; charset=UTF-8` : type;
