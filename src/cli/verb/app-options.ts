import type { ConfigInput } from '../../config/reading/load.ts';
import { flagName } from '../../config/options/flag-name.ts';
import { canBeIn, optionNames, optionTable } from '../../config/options/options.ts';
import type { Invocation, VerbOption } from './verb.ts';

/** The options of an app, as flags. */
export function startOptions(): Record<string, VerbOption> {
  const names = optionNames.filter((name) => canBeIn(name, 'flag'));
  return Object.fromEntries(
    names.map((name): [string, VerbOption] => {
      const { summary, kind, short, multiple, default: preset, otherwise } = optionTable[name];
      const usual = preset ?? otherwise;
      const option: VerbOption = {
        summary: kind.placeholder === '' || usual === undefined ? summary : `${summary} (default: ${usual})`,
        ...(kind.placeholder !== '' && { placeholder: kind.placeholder }),
        ...(short !== undefined && { short }),
        ...(multiple !== undefined && { multiple }),
      };
      return [flagName(name), option];
    }),
  );
}

/** What `loadConfig` reads, of the arguments and flags of a verb that takes the options of an app. */
export function configInput({ args, flags, cwd, env }: Invocation): ConfigInput {
  const given = optionNames.map((name) => [name, flags[flagName(name)]]);
  return { flags: { ...Object.fromEntries(given), app: args[0] }, cwd, env };
}
