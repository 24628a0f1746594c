import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extract, Parser } from 'tar';
import { RadiantError } from '../errors.ts';
import { exists, makeFolderOnce } from '../node/atomic-folder.ts';
import type { Identity } from '../node/command.ts';
import { ArchiveGuard, type ArchiveLimits } from './archive-guard.ts';
import { isFile, isFolder } from './locate.ts';

export interface UnpackOptions {
  /** The folder that holds one folder for each archive, named after its content. */
  into: string;
  /** Who owns the files, when root unpacks for another user. */
  owner?: Identity | undefined;
  limits?: ArchiveLimits;
}

/**
 * Unpacks the archive of a `meteor build` once and gives the folder of the bundle. The archive is read twice: all
 * of it is checked before the first file is written, so that a bad one leaves nothing behind. Errors: ARCHIVE.
 */
export async function unpack(archive: string, options: UnpackOptions): Promise<string> {
  try {
    const hash = await inspect(archive, new ArchiveGuard(options.limits));
    const folder = join(options.into, hash.slice(0, 16));
    await makeFolderOnce(folder, (temp) => extractInto(temp, archive, options.owner));
    return await bundleIn(folder);
  } catch (error) {
    if (error instanceof RadiantError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw archiveError(archive, why, error);
  }
}

/** Reads the whole archive and gives its SHA-256. Throws where it is damaged or the guard finds a problem. */
async function inspect(archive: string, guard: ArchiveGuard): Promise<string> {
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

function archiveError(archive: string, why: string, cause: unknown): RadiantError {
  const remedy = 'Build it again with `meteor build`, and compare the size of the copy with the original.';
  return new RadiantError('ARCHIVE', `The archive ${archive} cannot be unpacked: ${why}`, remedy, { cause });
}
