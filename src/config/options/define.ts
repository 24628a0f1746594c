import type { UserConfig } from './options.ts';

/** What `radiant.config.ts` may export: an object, or a function that returns one, now or later. */
export type ConfigExport = UserConfig | (() => UserConfig | Promise<UserConfig>);

/** Gives a configuration file its types; does nothing else. */
export function defineConfig<T extends ConfigExport>(config: T): T {
  return config;
}
