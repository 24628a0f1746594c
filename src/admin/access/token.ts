import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { RadiantError, reasonOf } from '../../common/errors.ts';
import { writeStateFile } from '../../disk/state-file.ts';
import { readTextFile } from '../../common/text-file.ts';

const tokenBytes = 32;

/** The token that opens the page: the given one, or the one in `file`, which is made if need be. Errors: STATE. */
export async function adminToken(given: string | undefined, file: string): Promise<string> {
  if (given !== undefined) return given;
  try {
    const kept = await readTextFile(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    if (kept.trim() !== '') {
      await chmod(file, 0o600); // whoever restored it from a backup
      return kept.trim();
    }
    const token = randomBytes(tokenBytes).toString('base64url');
    await writeStateFile(file, `${token}\n`);
    return token;
  } catch (error) {
    throw new RadiantError('STATE', `${file} cannot be read or written: ${reasonOf(error)}`);
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** In a time that does not depend on where they differ, nor on how long they are. */
export function sameSecret(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}
