import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, writeFileSync } from 'node:fs';
import { chmod, chown, mkdir, open, stat, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, Parser } from 'tar';
import { RadiantError } from '../../common/errors.ts';
import { exists } from '../../node/atomic-folder.ts';
import type { Identity } from '../../node/command.ts';
import { textOf } from '../../common/text-file.ts';
import { isFile, isFolder } from '../source/files.ts';
import { ArchiveGuard, type ArchiveLimits } from './archive-guard.ts';
import { ArchiveReader, type ArchiveTree } from './archive-tree.ts';
import { Staging, rebuildsFile, type Place, type PlacedBundle } from './staging.ts';
import { readTree, type Content } from './tree.ts';

const pieceBytes = 256 * 1024;

/** What `inspect` has found: `tree`, where the archive is such as `meteor build` makes. */
export type InspectedArchive = Content & { tree: ArchiveTree | undefined };

/**
 * Reads all of the archive of a `meteor build` and checks it, before the first file is written: so that a bad one
 * leaves nothing behind. Errors: ARCHIVE.
 */
export async function inspect(archive: string, limits?: ArchiveLimits): Promise<InspectedArchive> {
  try {
    const reader = new ArchiveReader();
    const sha256 = await check(archive, new ArchiveGuard(limits), reader);
    return { sha256, bytes: (await stat(archive)).size, tree: reader.tree() };
  } catch (error) {
    throw archiveError(archive, error);
  }
}

/**
 * Unpacks an archive that was inspected: what kept releases have is linked, and what is left is not read again where
 * there was memory for it. Errors: ARCHIVE.
 */
export async function unpack(
  archive: string,
  tree: ArchiveTree | undefined,
  place: Place,
): Promise<PlacedBundle> {
  const { into, owner } = place;
  try {
    if (tree === undefined) return await unpackAll(archive, place);
    const rebuilds = tree.held.get(rebuildsFile);
    // Where nobody knows which folders are rebuilt, none of them is shared.
    const text = rebuilds ? textOf(rebuilds) : tree.tree.has(rebuildsFile) ? '' : undefined;
    const staging = new Staging(tree.tree, tree.base, place, text);
    const content = new Map<string, Buffer>();
    const missing = new Set<string>();
    const left = staging.link().filter((path) => {
      if (tree.tree.get(path)?.kind !== 'file') return true;
      const found = tree.held.get(path) ?? staging.contentOf(path);
      if (found === undefined) missing.add(posix.join(tree.base, path));
      else content.set(path, found);
      return found !== undefined;
    });
    staging.write(left, (path, to) => writeFileSync(to, content.get(path)!, { flag: 'wx' }));
    if (missing.size > 0)
      await extractInto(into, archive, owner, (path) => missing.has(posix.normalize(path)));
    await markCommonJs(await bundleIn(into), owner);
    staging.open();
    return staging.done();
  } catch (error) {
    throw archiveError(archive, error);
  }
}

/** One that no other release shares files with. */
async function unpackAll(archive: string, { into, owner }: Place): Promise<PlacedBundle> {
  await mkdir(into, { recursive: true, mode: 0o700 });
  await extractInto(into, archive, owner, () => true);
  const folder = await bundleIn(into);
  const tree = readTree(folder, false);
  await markCommonJs(folder, owner);
  await chmod(into, 0o755);
  return { folder, tree, rebuilt: undefined, files: new Map(), changed: new Set() };
}

/** Reads the whole archive and gives its SHA-256. Throws where it is damaged or the guard finds a problem. */
async function check(archive: string, guard: ArchiveGuard, reader: ArchiveReader): Promise<string> {
  const hash = createHash('sha256');
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      guard.see(entry);
      reader.see(entry);
    },
  });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  parser.on('error', failed.reject);
  const ended = once(parser, 'end');
  ended.catch(() => {});
  const zipped = await isZipped(archive);
  await pipeline(
    createReadStream(archive, { highWaterMark: pieceBytes }),
    async function* hashed(pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        hash.update(piece);
        yield piece;
      }
    },
    // In a thread of its own: the parser would do it in this one.
    zipped ? createGunzip({ chunkSize: pieceBytes }) : new PassThrough(),
    async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) {
        if (!parser.write(piece)) await Promise.race([once(parser, 'drain'), failed.promise]);
        if (guard.problem !== undefined) throw new Error(guard.problem);
      }
      parser.end();
      await Promise.race([ended, failed.promise]);
    },
  );
  guard.finish();
  if (guard.problem !== undefined) throw new Error(guard.problem);
  return hash.digest('hex');
}

/** RFC 1952, 2.3.1. */
async function isZipped(archive: string): Promise<boolean> {
  await using file = await open(archive);
  const { buffer } = await file.read(Buffer.alloc(2));
  return buffer.toString('hex') === '1f8b';
}

async function extractInto(
  folder: string,
  archive: string,
  owner: Identity | undefined,
  filter: (path: string) => boolean,
): Promise<void> {
  await extract({
    file: archive,
    cwd: folder,
    strict: true,
    filter,
    // Set-user-ID bits have no place in a bundle.
    onReadEntry: (entry) => {
      if (entry.mode !== undefined) entry.mode &= 0o777;
    },
    ...(owner ? { uid: owner.uid, gid: owner.gid } : { preserveOwner: false }),
  });
}

/** main.js is CommonJS, and would be none below a folder whose package.json says "type": "module". */
async function markCommonJs(bundle: string, owner: Identity | undefined): Promise<void> {
  const marker = join(bundle, 'package.json');
  if (await exists(marker)) return;
  await writeFile(marker, '{}\n');
  if (owner) await chown(marker, owner.uid, owner.gid);
}

/** Where the bundle is in what was unpacked. Throws when there is none. */
async function bundleIn(folder: string): Promise<string> {
  for (const place of [join(folder, 'bundle'), folder]) {
    const complete = (await isFile(join(place, 'main.js'))) && (await isFile(join(place, 'star.json')));
    if (complete && (await isFolder(join(place, 'programs', 'server')))) return place;
  }
  throw new Error('it holds no Meteor bundle (main.js, star.json and programs/server)');
}

function archiveError(archive: string, cause: unknown): RadiantError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const remedy = 'Build it again with `meteor build`, and compare the size of the copy with the original.';
  return new RadiantError('ARCHIVE', `The archive ${archive} cannot be unpacked: ${why}`, remedy, { cause });
}
