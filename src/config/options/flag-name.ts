import type { OptionName } from './options.ts';

/** `startTimeout` is `--start-timeout` on the command line. */
export const flagName = (name: OptionName): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
