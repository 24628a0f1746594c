import { open, rename, rm } from 'node:fs/promises';

/**
 * Replaces a file so that a crash leaves the old text or the new one, readable by its owner only. When that fails,
 * a full disk for instance, nothing is left beside it.
 */
export async function writeStateFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}
