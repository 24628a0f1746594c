import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { chmod, chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extract, Parser } from 'tar';
import { RadiantError } from '../../common/errors.ts';
import { exists } from '../../node/atomic-folder.ts';
import type { Identity } from '../../node/command.ts';
import { ArchiveGuard, type ArchiveLimits } from './archive-guard.ts';
import type { Content } from './copy.ts';
import { isFile, isFolder } from '../source/files.ts';

/**
 * Reads all of the archive of a `meteor build` and checks it, before the first file is written: so that a bad one
 * leaves nothing behind. Errors: ARCHIVE.
 */
export async function inspect(archive: string, limits?: ArchiveLimits): Promise<Content> {
  try {
    const sha256 = await check(archive, new ArchiveGuard(limits));
    return { sha256, bytes: (await stat(archive)).size };
  } catch (error) {
    throw archiveError(archive, error);
  }
}

/** Unpacks an archive that was inspected, and gives the folder of the bundle in it. Errors: ARCHIVE. */
export async function unpack(archive: string, folder: string, owner: Identity | undefined): Promise<string> {
  try {
    // Closed until it is done: what is given to its owner piece by piece must not be changed by that meanwhile.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await extractInto(folder, archive, owner);
    await chmod(folder, 0o755);
    return await bundleIn(folder);
  } catch (error) {
    throw archiveError(archive, error);
  }
}

/** Reads the whole archive and gives its SHA-256. Throws where it is damaged or the guard finds a problem. */
async function check(archive: string, guard: ArchiveGuard): Promise<string> {
  const hash = createHash('sha256');
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      guard.see(entry);
      entry.resume();
    },
  });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  parser.on('error', failed.reject);
  const ended = once(parser, 'end');
  ended.catch(() => {});
  for await (const chunk of createReadStream(archive)) {
    hash.update(chunk);
    if (!parser.write(chunk)) await Promise.race([once(parser, 'drain'), failed.promise]);
    if (guard.problem !== undefined) throw new Error(guard.problem);
  }
  parser.end();
  await Promise.race([ended, failed.promise]);
  guard.finish();
  if (guard.problem !== undefined) throw new Error(guard.problem);
  return hash.digest('hex');
}

async function extractInto(folder: string, archive: string, owner: Identity | undefined): Promise<void> {
  await extract({
    file: archive,
    cwd: folder,
    strict: true,
    // Set-user-ID bits have no place in a bundle.
    onReadEntry: (entry) => {
      if (entry.mode !== undefined) entry.mode &= 0o777;
    },
    ...(owner ? { uid: owner.uid, gid: owner.gid } : { preserveOwner: false }),
  });
  const bundle = await bundleIn(folder);
  const marker = join(bundle, 'package.json');
  if (await exists(marker)) return;
  // main.js is CommonJS, and would be none below a folder whose package.json says "type": "module".
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
