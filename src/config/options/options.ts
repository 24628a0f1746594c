import type { Kind } from '../values/kind.ts';
import { options } from './option-table.ts';
import type { Option } from './option.ts';
import { flagName } from './flag-name.ts';

export type OptionName = keyof typeof options;
export const optionNames = Object.keys(options) as OptionName[];

/** The same table for those who go through all of it, whatever the kinds. */
export const optionTable: Readonly<Record<OptionName, Option>> = options;

type KindOf<N extends OptionName> = (typeof options)[N]['kind'];
type In<K> = K extends Kind<infer I> ? I : never;
type Out<K> = K extends Kind<unknown, infer O> ? O : never;

/** What a configuration file may say. Times are seconds, or strings with a unit; paths start at the file's folder. */
export type UserConfig = { [N in Exclude<OptionName, 'config'>]?: In<KindOf<N>> };

/** What one source said, after its values were read. */
export type Values = { [N in OptionName]?: Out<KindOf<N>> };

/** The variables that set an option, the strongest first: `RADIANT_START_TIMEOUT`, then those of other tools. */
export function environmentNames(name: OptionName): string[] {
  if (!canBeIn(name, 'environment')) return [];
  return [`RADIANT_${flagName(name).replaceAll('-', '_').toUpperCase()}`, ...(optionTable[name].also ?? [])];
}

export function canBeIn(name: OptionName, place: 'argument' | 'flag' | 'file' | 'environment'): boolean {
  const only = optionTable[name].only;
  return only ? only.includes(place) : place !== 'argument';
}

/** What Radiant itself tells a worker, so that the same variable of the user must be said by an option instead. */
export const honoured: Readonly<Record<string, OptionName>> = Object.fromEntries(
  optionNames.flatMap((name) => environmentNames(name).map((variable) => [variable, name])),
);
