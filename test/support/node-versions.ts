import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveNode } from '../../src/node/resolve-node.ts';

const cache = fileURLToPath(new URL('../../.cache/test-nodes', import.meta.url));

/**
 * The path of a real Node of this version, fetched once into the checkout. As development dependencies they would
 * all install a command named `node`, and one of them would become the one that runs this repository.
 */
export async function nodeBinary(version: string): Promise<string> {
  const homes = { state: cache, run: cache, cache: join(cache, 'cache') };
  const progress = { step: () => {}, transfer: () => {} };
  const { path } = await resolveNode(version, { homes, env: process.env, progress, as: undefined });
  return path;
}
