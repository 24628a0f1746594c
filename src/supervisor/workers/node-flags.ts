import { nodeVersionParts, reaches } from '../../common/version-parts.ts';
import type { Config } from '../../config/types.ts';

/** Options of Node that let SIGUSR1 open a worker's inspector, where nobody else finds it. */
const inspector = ['--inspect-port=127.0.0.1:0', '--inspect-publish-uid=stderr'];

/**
 * Options of Node that a worker is started with. `--inspect-port` opens nothing by itself; it is left out where the
 * app's own NODE_OPTIONS name an inspector. Heap snapshots are written by Node 14.18, 15.1 and newer.
 */
export function nodeFlags(
  { hangTimeout, heapSnapshots }: Pick<Config, 'hangTimeout' | 'heapSnapshots'>,
  env: NodeJS.ProcessEnv,
  nodeVersion: string,
  snapshotFolder: () => string,
): string[] {
  const asked = hangTimeout > 0 && env.NODE_OPTIONS?.includes('--inspect') !== true;
  const flags = asked ? [...inspector] : [];
  if (heapSnapshots > 0 && canSnapshot(nodeVersion))
    flags.push('--heapsnapshot-near-heap-limit=1', `--diagnostic-dir=${snapshotFolder()}`);
  return flags;
}

function canSnapshot(version: string): boolean {
  const parts = nodeVersionParts(version);
  return parts[0] === 14 ? reaches(parts, [14, 18]) : reaches(parts, [15, 1]);
}
