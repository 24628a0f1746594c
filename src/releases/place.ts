import { basename, join, relative } from 'node:path';
import { appAccount, workerAccount } from '../bundle/account/account.ts';
import { copyFolder } from '../bundle/copy/copy.ts';
import { isBelow, serverFolder } from '../bundle/copy/linkable.ts';
import type { PlacedBundle } from '../bundle/copy/staging.ts';
import type { Tree } from '../bundle/copy/tree.ts';
import { unpack } from '../bundle/copy/unpack.ts';
import type { Reuse } from '../bundle/install/install.ts';
import type { Config } from '../config/types.ts';
import type { Progress } from '../node/progress.ts';
import type { ReadApp } from './describe.ts';
import type { KeptRelease } from './staged-files.ts';

type BundledApp = Exclude<ReadApp, { kind: 'node' }>;

/** Puts a bundle into the folder of its release. */
export async function placeApp(
  app: BundledApp,
  folder: string,
  kept: readonly KeptRelease[],
  { config, progress }: { config: Config; progress: Progress },
): Promise<PlacedBundle> {
  const into = join(folder, 'app');
  if (app.kind === 'archive') {
    progress.step(`Unpacking ${basename(app.file)}`);
    return unpack(app.file, app.tree, { into, kept, owner: await workerAccount(config) });
  }
  progress.step(`Copying ${app.folder}`);
  return copyFolder(app.folder, app.tree, { into, kept, owner: await appAccount(app.folder, config) });
}

/** Undefined where npm writes outside of the bundle's server, or it cannot be told where. */
export function reuseFor(
  { tree, rebuilt, changed }: PlacedBundle,
  kept: readonly KeptRelease[],
): Reuse | undefined {
  if (rebuilt === undefined) return undefined;
  const folders = [...rebuilt];
  if (folders.some((path) => !isBelow(path, `${serverFolder}/npm`))) return undefined;
  const delivered: Tree = new Map(
    [...tree].flatMap(([path, entry]) =>
      path.startsWith(`${serverFolder}/`) ? [[relative(serverFolder, path), entry]] : [],
    ),
  );
  return { delivered, rebuilt: folders.map((path) => relative(serverFolder, path)), kept, changed };
}

/** Undefined where nobody writes into the releases. `releases`: the folder of all of them. */
export function noticeOf({ changed }: PlacedBundle, releases: string): string | undefined {
  const [first] = changed;
  if (first === undefined) return undefined;
  const [release, , ...path] = relative(releases, first).split('/');
  const more = changed.size === 1 ? '' : ` and ${changed.size - 1} more`;
  return (
    `files of releases were changed after they had been staged, so this one has copies of its own: ` +
    `${path.join('/')}${more}, in release ${release}; the app should write elsewhere`
  );
}
