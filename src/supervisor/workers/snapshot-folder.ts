import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from '../../bundle/account/account.ts';
import type { RunFolder } from '../../disk/run-folder.ts';

export const snapshotFolder = ({ releases }: RunFolder, release: number): string =>
  join(releases, String(release), 'heap');

/** Makes the folder that the workers of a release write their snapshots to: they hold all that the app knows. */
export function makeSnapshotFolder(folder: string, account: Account | undefined): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  return folder;
}
