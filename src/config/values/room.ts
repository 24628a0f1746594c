import { RadiantError } from '../../common/errors.ts';
import { memoryLimit } from '../../machine/memory.ts';
import { usableCores } from './cores.ts';
import { smallestWorker, type MaxMemory } from './values.ts';

/** What a worker needs and the others, Radiant's own processes included, leave to it: 107 to 156 MB were measured. */
const bytesForOne = 256 * 1024 ** 2;

/** What `workers: 'auto'` means: one for each core, and no more than the memory of machine or control group has room for. */
export function usualWorkers(cores = usableCores(), bytes = memoryLimit() ?? Infinity): number {
  return Math.max(1, Math.min(cores, Math.floor(bytes / bytesForOne)));
}

/** `maxMemory` in bytes: a share is divided among so many workers. Errors: CONFIG where too little is left for one. */
export function bytesEach(max: MaxMemory, workers: number, limit = memoryLimit()): number {
  if (typeof max === 'number') return max;
  const bytes = Math.floor((max.share * (limit ?? Number.NaN)) / workers);
  if (bytes >= smallestWorker) return bytes;
  const problem =
    limit === undefined
      ? 'how much memory there is cannot be told here, so a share of it means nothing'
      : `${max.share * 100}% is ${Math.floor(bytes / 1024 ** 2)} MB for each of ${workers} workers; one needs 64 MB at least`;
  throw new RadiantError(
    'CONFIG',
    `maxMemory: ${problem}`,
    'Give a size such as 800MB, or have fewer workers',
  );
}
