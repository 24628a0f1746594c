import { nothingMore, plain, type Complete } from './complete.ts';
import { optionNames } from '../options/options.ts';
import { fromDefaults } from './sources.ts';
import type { Config } from '../types.ts';
import { fullScaling } from '../values/workers.ts';

/** What is in a configuration without being an option of that name. */
const made = ['scaling', 'acme', 'literalEnv'] as const satisfies (keyof Config)[];
const known = new Set<string>([...optionNames, ...made]);

/** What a configuration holds that this version knows nothing of. */
export const unknownIn = (kept: object): string[] => Object.keys(kept).filter((name) => !known.has(name));

/**
 * A configuration as another version of Radiant has kept it: options that it did not know have their defaults. What is
 * not of a fixed value (where to listen, how many workers) every version has kept.
 */
export function storedConfig(kept: Partial<Config> & Pick<Config, 'app'>): Config {
  const { scaling } = kept;
  return {
    ...nothingMore,
    ...plain(fromDefaults(kept.app, kept) as Complete),
    ...kept,
    ...(scaling && { scaling: fullScaling(scaling) }),
  } as Config;
}
