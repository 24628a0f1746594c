import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { uniqueId } from '../common/unique-id.ts';

/** How the names of drafts end. */
export const draftName = /\.[\da-f-]{36}\.new$/;

/**
 * Writes a file under another name and renames it: who reads it gets the old one or the new, never a part. When that
 * fails, a full disk for instance, nothing is left beside it.
 */
export async function replaceFile(
  path: string,
  mode: number,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const draft = `${path}.${uniqueId()}.new`;
  try {
    const file = await open(draft, 'wx', mode);
    await write(file).finally(() => file.close());
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}
