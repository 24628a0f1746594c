import { join } from 'node:path';
import type { RunFolder } from '../disk/run-folder.ts';
import { publishStatic } from '../static/web-folder.ts';
import { listReleases } from './store.ts';

/**
 * Shows the hashed files of all kept releases to web servers in front: before a release takes over, and again when old
 * ones were removed. Errors: those of the file system.
 */
export async function publishReleases({
  releases,
  state,
}: Pick<RunFolder, 'releases' | 'state'>): Promise<void> {
  const all = await listReleases(releases);
  await publishStatic(
    join(state, 'web'),
    all.flatMap(({ staticIndex }) => staticIndex ?? []),
  );
}
