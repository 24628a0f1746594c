import { chmodSync, existsSync, lstatSync, mkdirSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { diskFull } from './disk-full.ts';
import { RadiantError, reasonOf } from '../common/errors.ts';
import type { Homes } from './paths.ts';

const writableByOthers = 0o022;
const writableByAll = 0o002;
/** In a folder with this bit only the owner of a file may remove or rename it: chmod(2). */
const sticky = 0o1000;

/** Whose folders are believed, besides root's: this user's, or anybody's. */
type Owner = number | 'anybody';

const thisUser = (): number => process.geteuid?.() ?? 0;

/**
 * Makes a folder where there is none, and makes sure that it is nobody's trap: what lies in it is believed, and some
 * of it is run. Errors: UNSAFE_FOLDER, STATE.
 */
export function ownFolder(path: string, mode: number): string {
  try {
    const made = mkdirSync(path, { recursive: true, mode }) !== undefined;
    if (made) chmodSync(path, mode); // whatever the umask
  } catch (error) {
    if (!existsSync(path)) throw failed(path, error);
  }
  checkFolder(path, thisUser());
  return path;
}

/** Makes the homes that are not there, and makes sure of all three. Errors: UNSAFE_FOLDER, STATE. */
export function ownHomes(homes: Homes): void {
  checkHomes(homes);
  for (const home of [homes.state, homes.cache]) ownFolder(home, 0o755);
  const temporary = existsSync(dirname(homes.run)) && isShared(dirname(homes.run));
  ownFolder(homes.run, temporary ? 0o700 : 0o755);
}

/** Makes sure of those homes that are there, for who takes from them or writes to them. Errors: UNSAFE_FOLDER. */
export const checkHomes = (homes: Homes): void => check(homes, thisUser());

/**
 * The same for who only looks and asks: root may do that in another user's homes, such as those of a unit of systemd.
 * Errors: UNSAFE_FOLDER.
 */
export const checkHomesToLook = (homes: Homes): void =>
  check(homes, thisUser() === 0 ? 'anybody' : thisUser());

function check({ state, run, cache }: Homes, owner: Owner): void {
  for (const home of [state, run, cache]) {
    checkParent(dirname(home), owner);
    checkFolder(home, owner);
  }
}

/** Who may write to the folder around another one could put another in its place, unless that folder is sticky. */
function checkParent(path: string, owner: Owner): void {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) return;
  if (!belongs(info, owner)) throw unsafe(path, `belongs to ${nameOf(info.uid)}`);
  if (writable(info, writableByAll) && (info.mode & sticky) === 0)
    throw unsafe(path, 'may be written to by everybody');
}

function checkFolder(path: string, owner: Owner): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isSymbolicLink()) checkLink(path, found, owner);
  const info = statSync(path, { throwIfNoEntry: false });
  if (info?.isDirectory() !== true) throw unsafe(path, 'is no folder');
  if (!belongs(info, owner)) throw unsafe(path, `belongs to ${nameOf(info.uid)}`);
  if (writable(info, writableByOthers)) {
    throw unsafe(path, `may be written to by others (its mode is ${(info.mode & 0o7777).toString(8)})`);
  }
}

/** An administrator may have moved a home to a larger disk; in a folder that all may write to, a link is a trap. */
function checkLink(path: string, link: Stats, owner: Owner): void {
  if (isShared(dirname(path)) || !belongs(link, owner)) throw unsafe(path, 'is a symbolic link');
}

const isShared = (path: string): boolean => writable(statSync(path), writableByAll);

const writable = ({ mode }: Stats, by: number): boolean => (mode & by) !== 0;

const belongs = ({ uid }: Stats, owner: Owner): boolean => owner === 'anybody' || uid === owner || uid === 0;

const nameOf = (uid: number): string => `the user with the number ${uid}`;

function failed(path: string, error: unknown): RadiantError {
  const message = `The folder ${path} cannot be made: ${reasonOf(error)}`;
  return diskFull(error, path) ?? new RadiantError('STATE', message);
}

function unsafe(path: string, why: string): RadiantError {
  return new RadiantError('UNSAFE_FOLDER', `${path} ${why}`);
}
