import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../node/command.ts';

/**
 * Removes the folder of a release. What another account owns in it that account removes, for one of its processes may
 * still change it; of what is left rm(1) follows no link, whatever changes.
 */
export async function removeRelease(folder: string): Promise<void> {
  const parts = [...(await entries(folder)), ...(await entries(join(folder, 'app')))];
  if (process.geteuid?.() === 0) await Promise.all(parts.map(removeByOwner));
  const { code, output } = await runCommand('rm', ['-rf', '--', folder]);
  if (code !== 0) throw new Error(`${folder} cannot be removed: ${output.trim()}`);
}

const entries = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(() => [])).map((name) => join(folder, name));

/** All that is in it: the entry itself lies in a folder of ours. */
async function removeByOwner(path: string): Promise<void> {
  const { uid, gid } = await lstat(path);
  if (uid !== 0) await runCommand('rm', ['-rf', '--', path], { as: { uid, gid } });
}
