import type { OptionName, UserConfig } from '../config/options/options.ts';
import { readValue } from '../config/reading/schema.ts';

/** What became of one key of another tool's file. */
export interface Note {
  /** As a path in that file: `env.PORT`, `deploy.replicas`. */
  key: string;
  text: string;
}

/** Another tool's file in Radiant's words. Every key of it is in exactly one of the three lists. */
export interface Translation {
  /** What radiant.config.ts says; paths start at its folder. */
  options: UserConfig;
  /** The key that each option comes from. */
  origins: Partial<Record<OptionName, string>>;
  /** Variables that may be secret: they belong in an environment file, not in a file that is committed. */
  secrets: Record<string, string>;
  taken: Note[];
  unneeded: Note[];
  impossible: Note[];
}

/** What a rule says of one key. `variables` are sorted out later: some are options, some are secret. */
export type Outcome =
  | { taken: string; options?: UserConfig; variables?: Record<string, unknown> }
  /** Why Radiant does without it. */
  | { unneeded: string }
  /** What to do instead. */
  | { impossible: string };

/** What a rule may look at besides its own value. */
export interface Surroundings {
  /** The other keys of the same app. */
  entry: Readonly<Record<string, unknown>>;
  /** A path as the file has it, as radiant.config.ts shall have it. */
  path: (written: string) => string;
}

export type Rule = (value: unknown, around: Surroundings) => Outcome;

/** What becomes of each key of a tool's file. A `*` at the end stands for any rest; `a.b` for b inside of a. */
export type Rules = Readonly<Record<string, Rule>>;

/** Where a file of another tool lies, and where radiant.config.ts is going to. Both absolute. */
export interface Places {
  from: string;
  to: string;
  /** The names of the files that lie beside the first one. */
  beside?: readonly string[];
}

export const empty = (): Translation => ({
  options: {},
  origins: {},
  secrets: {},
  taken: [],
  unneeded: [],
  impossible: [],
});

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a value says as text; nothing for what is none. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';

export const unneeded =
  (why: string): Rule =>
  () => ({ unneeded: why });

export const impossible =
  (instead: string): Rule =>
  () => ({ impossible: instead });

/** `false` and nothing ask for nothing: only a value that is set is worth the advice. */
export const impossibleIfSet =
  (instead: string): Rule =>
  (value) =>
    isOff(value) ? { unneeded: 'it is off' } : { impossible: instead };

export const isOff = (value: unknown): boolean =>
  value === undefined || value === null || value === false || value === '' || value === 'no';

/** The key becomes an option; `read` turns its value into the option's, `undefined` if it makes no sense. */
export function becomes<N extends OptionName & keyof UserConfig>(
  option: N,
  read: (value: unknown, around: Surroundings) => UserConfig[N] | undefined,
): Rule {
  return (value, around) => {
    const result = read(value, around);
    if (result === undefined) return { impossible: `its value makes no sense; see the option ${option}` };
    return { taken: `${option}: ${short(result)}`, options: { [option]: result } };
  };
}

function short(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

/** `1600M`, `2g`: Radiant reads sizes as pm2 and Docker write them. */
export const memoryLimit: Rule = becomes('maxMemory', (value) =>
  readValue('maxMemory', textOf(value), 'maxMemory', false).ok ? textOf(value) : undefined,
);

/** `'90s'`, or `'1500ms'`, from milliseconds. */
export function time(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** Applies a tool's rules to all keys of an app. What no rule knows is said to be unknown. */
export function apply(
  into: Translation,
  rules: Rules,
  tool: string,
  entry: Record<string, unknown>,
  path: (written: string) => string,
): Record<string, { key: string; value: unknown }> {
  const variables: Record<string, { key: string; value: unknown }> = {};
  const visit = (value: unknown, key: string): void => {
    const exact = Object.hasOwn(rules, key);
    if (!exact && isObject(value) && hasRuleInside(rules, key)) {
      for (const [name, inner] of Object.entries(value)) visit(inner, `${key}.${name}`);
      return;
    }
    const outcome = noValue(value) ??
      ruleFor(rules, key)?.(value, { entry, path }) ?? {
        impossible: `this key is in no documentation of ${tool} that Radiant knows; docs/reference.md lists its options`,
      };
    note(into, key, outcome);
    if (!('taken' in outcome)) return;
    for (const [name, each] of Object.entries(outcome.variables ?? {})) {
      variables[name] = { key: `${key}.${name}`, value: each };
    }
  };
  for (const [key, value] of Object.entries(entry)) visit(value, key);
  return variables;
}

/** `undefined` and `NaN` too: they are all `null` when a file that is code has been run. */
const noValue = (value: unknown): Outcome | undefined =>
  value === null || value === undefined ? { unneeded: 'it has no value here' } : undefined;

function ruleFor(rules: Rules, key: string): Rule | undefined {
  if (Object.hasOwn(rules, key)) return rules[key];
  const pattern = Object.keys(rules).find((name) => name.endsWith('*') && key.startsWith(name.slice(0, -1)));
  return pattern === undefined ? undefined : rules[pattern];
}

function hasRuleInside(rules: Rules, key: string): boolean {
  return Object.keys(rules).some((name) => name.startsWith(`${key}.`));
}

export function note(into: Translation, key: string, outcome: Outcome): void {
  if ('unneeded' in outcome) into.unneeded.push({ key, text: outcome.unneeded });
  else if ('impossible' in outcome) into.impossible.push({ key, text: outcome.impossible });
  else {
    if (outcome.taken !== '') into.taken.push({ key, text: outcome.taken });
    setOptions(into, key, outcome.options ?? {});
  }
}

/** What is said twice counts as it was said last; variables of the app are merged. */
export function setOptions(into: Translation, key: string, options: UserConfig): void {
  const env = { ...into.options.env, ...options.env };
  Object.assign(into.options, options, Object.keys(env).length > 0 && { env });
  for (const name of Object.keys(options) as OptionName[]) into.origins[name] ??= key;
}
