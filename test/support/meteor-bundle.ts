import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { buildBundle, type BundleOptions } from '../../examples/meteor-app/build/bundle.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Where `npm test` builds the example app first: what it has installed is copied, since npm takes seconds each time. */
export const installedApp = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'meteor-app');

/**
 * Builds the example app with its packages, for the Node that runs the tests unless told; again over what is there with
 * another `release`. Its client bundles are as small as can be: each start of Radiant compresses all three.
 */
export async function buildInstalled(options: Omit<BundleOptions, 'install'>): Promise<void> {
  // One test alone has no such folder: then npm installs.
  if (!existsSync(options.out) && existsSync(installedApp))
    await cp(installedApp, options.out, { recursive: true, verbatimSymlinks: true });
  await buildBundle({ node: process.versions.node, bundleSize: 0, ...options, install: true });
}

/** Builds the example app in a folder of its own, which is gone when the tests of the file have ended. */
export async function meteorBundle(): Promise<{ path: string }> {
  const path = join(temporaryFolder('rad-bundle-'), 'bundle');
  await buildInstalled({ out: path });
  return { path };
}
