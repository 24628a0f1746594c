import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseStaticIndex } from '../protocol/static-index.ts';
import { readTextFile } from '../common/text-file.ts';

/**
 * Removes from the store what no kept release's list names. Does nothing when one of the lists cannot be read: a file
 * too many costs less than one too few.
 */
export async function sweepStatic(store: string, indexFiles: string[]): Promise<void> {
  const named = new Set<string>();
  for (const path of indexFiles) {
    const index = await readTextFile(path)
      .then(parseStaticIndex)
      .catch(() => undefined);
    if (index === undefined) return;
    for (const { br, gzip } of index.files) {
      for (const variant of [br, gzip]) if (variant) named.add(basename(variant.path));
    }
  }
  const all = await readdir(store).catch(() => []);
  await Promise.all(
    all.filter((name) => !named.has(name)).map((name) => rm(join(store, name), { force: true })),
  );
}
