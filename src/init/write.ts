import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RadiantError, reasonOf } from '../common/errors.ts';

export interface NewFile {
  path: string;
  text: string;
  /** Nobody but its owner may read it. */
  secret: boolean;
}

/** Writes files that are not there yet; others only by `force`. Nothing is written if one is in the way. Errors: CONFIG. */
export async function writeNew(files: readonly NewFile[], force: boolean): Promise<void> {
  for (const { path } of files) {
    if (!force && existsSync(path)) {
      throw new RadiantError('CONFIG', `${path} is there already`, 'Look at it; --force replaces it');
    }
  }
  for (const { path, text, secret } of files) {
    // oxlint-disable no-await-in-loop -- a handful of files
    try {
      if (force) await rm(path, { force: true }); // its mode would stay
      await writeFile(path, text, { mode: secret ? 0o600 : 0o644, flag: 'wx' });
    } catch (error) {
      throw new RadiantError(
        'CONFIG',
        `${path} cannot be written: ${reasonOf(error)}`,
        'Choose a place with --out',
      );
    }
    // oxlint-enable no-await-in-loop
  }
}

/** Two configuration files in one folder are an error at the next start. Errors: CONFIG. */
export function refuseSecond(path: string): void {
  const names = ['radiant.config.ts', 'radiant.config.js', 'radiant.config.json'];
  const other = names.find((name) => name !== basename(path) && existsSync(join(dirname(path), name)));
  if (other === undefined || !names.includes(basename(path))) return;
  throw new RadiantError('CONFIG', `${other} is there, and only one can count`, 'Remove it first');
}
