import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBundle } from '../../examples/meteor-app/build/bundle.ts';

/** Builds the example app for the Node that runs the tests, installed; `remove` takes it away again. */
export async function meteorBundle(): Promise<{ path: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'rad-bundle-'));
  const path = join(folder, 'bundle');
  await buildBundle({ out: path, node: process.versions.node, install: true });
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
