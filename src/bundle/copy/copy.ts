import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { constants, copyFileSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { RadiantError } from '../../common/errors.ts';
import { readTextFile } from '../../common/text-file.ts';
import type { Identity } from '../../node/command.ts';
import { ownerAccount } from '../account/account.ts';
import { Staging, rebuildsFile, type Place, type PlacedBundle } from './staging.ts';
import { masked, type Tree } from './tree.ts';

/**
 * Copies a bundle that was read as `tree`; shares the blocks where the file system can. Where root does it for another
 * account, that one writes, and whoever owns the bundle reads: either may change the folders meanwhile. Errors: STATE; those
 * of the disk.
 */
export async function copyFolder(from: string, tree: Tree, place: Place): Promise<PlacedBundle> {
  const { owner, into } = place;
  const rebuilds = tree.has(rebuildsFile) ? await readTextFile(join(from, rebuildsFile)) : undefined;
  // tar(1) keeps the permissions that the umask leaves.
  const staging = new Staging(owner ? masked(tree, process.umask()) : tree, '', place, rebuilds);
  const left = staging.link();
  if (owner === undefined) staging.write(left, (path, to) => copyFile(join(from, path), to));
  staging.open();
  if (owner !== undefined) {
    await chown(into, owner.uid, owner.gid);
    await copyByOwners(from, into, owner, left);
  }
  return staging.done();
}

export const copyFile = (from: string, to: string): void =>
  copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);

async function copyByOwners(
  from: string,
  to: string,
  owner: Identity,
  paths: readonly string[],
): Promise<void> {
  const reader = (await ownerAccount(from)) ?? { uid: 0, gid: 0 };
  const list = ['--no-recursion', '--null', '-T', '-'];
  const read = spawnTar(['-cf', '-', ...list], from, reader, ['pipe', 'pipe', 'pipe']);
  const written = spawnTar(['-xf', '-', '--no-same-owner'], to, owner, [read.stdout, 'ignore', 'pipe']);
  read.stdout!.destroy(); // it is theirs
  read.stdin!.on('error', () => {}); // it has ended, and says why
  read.stdin!.end(paths.map((path) => `./${path}\0`).join(''));
  const problems = (await Promise.all([failure(read), failure(written)])).filter((each) => each !== '');
  if (problems.length > 0)
    throw new RadiantError('STATE', `${from} cannot be copied: ${problems.join('; ')}`);
}

/** Follows no link, also where a folder becomes one under its hands. */
const spawnTar = (args: string[], cwd: string, who: Identity, stdio: StdioOptions): ChildProcess =>
  spawn('tar', args, { cwd, stdio, uid: who.uid, gid: who.gid });

/** Why it failed; '' when it did not. */
async function failure(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(([code]) => Number(code) === 0 && code !== null, String);
  const [said, good] = await Promise.all([textOf(child.stderr!), ended]);
  return good === true ? '' : said.trim() || String(good);
}
