import * as z from '../../zod.ts';
import type { core, ZodMiniType } from 'zod/mini';
import { canBeIn, optionNames, optionTable, type OptionName } from '../options/options.ts';
import { shown, type Problem } from './problems.ts';
import { suggestion } from '../../common/suggest.ts';

const schemas = new Map<OptionName, ZodMiniType>();

/** Made when it is needed: most processes read few values or none. */
function schemaOf(name: OptionName): ZodMiniType {
  const schema = schemas.get(name) ?? optionTable[name].kind.schema(z);
  schemas.set(name, schema);
  return schema;
}

const fileNames = optionNames.filter((name) => canBeIn(name, 'file'));

/** What a configuration file may hold. */
const fileSchema = (): ZodMiniType<Record<string, unknown>> =>
  z.strictObject({
    $schema: z.optional(z.string()),
    ...Object.fromEntries(fileNames.map((name) => [name, z.optional(schemaOf(name))])),
  });

export type Read = { ok: true; value: unknown } | { ok: false; problem: Problem };

/** Reads one value that a flag, a variable or the defaults give for an option. */
export function readValue(name: OptionName, value: unknown, where: string, flag: boolean): Read {
  const result = schemaOf(name).safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problem: misfit(name, value, where, flag) };
}

/** Reads what a configuration file exports: its values, and everything that is wrong with it. */
export function readFileValues(
  content: unknown,
  file: string,
): { values: Record<string, unknown>; problems: Problem[] } {
  const result = fileSchema().safeParse(content);
  if (result.success) return { values: result.data, problems: [] };
  const problems = new Map<string, Problem>();
  for (const issue of result.error.issues) {
    const key = String(issue.path[0] ?? '');
    if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
      for (const unknown of issue.keys) problems.set(unknown, unknownKey(unknown, file));
    } else if (key in optionTable) {
      const given = (content as Record<string, unknown>)[key];
      const name = key as OptionName;
      problems.set(
        key,
        misfitInside(name, given, issue, file) ?? misfit(name, given, `${file}: ${key}`, false),
      );
    } else {
      const what = `it exports ${shown(content)}, not an object`;
      problems.set(key, {
        where: file,
        what,
        remedy: 'Export an object, or a function that returns one',
        flag: false,
      });
    }
  }
  return { values: {}, problems: [...problems.values()] };
}

/** Of an object with parts of its own: which of them does not fit. */
function misfitInside(
  name: OptionName,
  given: unknown,
  issue: core.$ZodIssue,
  file: string,
): Problem | undefined {
  const { parts } = optionTable[name].kind;
  if (parts === undefined || typeof given !== 'object') return undefined;
  const alternatives = issue.code === 'invalid_union' ? issue.errors.flat() : [];
  const inside = alternatives.find(({ path, code }) => path.length > 0 || code === 'unrecognized_keys');
  // zod keeps to one alternative by itself where only that one comes near.
  const [{ message }, at] = inside ? [inside, inside.path] : [issue, issue.path.slice(1)];
  const place = [`${file}: ${name}`, ...at].join('.');
  const remedy = `Write for instance ${parts}`;
  const { code, keys } = (inside ?? issue) as { code: string; keys?: string[] };
  if (code === 'unrecognized_keys')
    return { where: place, what: `there is no "${keys![0]}" in it`, remedy, flag: false };
  if (at.length === 0) return undefined;
  const value = at.reduce(
    (from: unknown, key) => (from as Record<PropertyKey, unknown> | undefined)?.[key],
    given,
  );
  return { where: place, what: `${shown(value)} does not fit: ${message}`, remedy, flag: false };
}

function misfit(name: OptionName, value: unknown, where: string, flag: boolean): Problem {
  const { kind, secret } = optionTable[name];
  const { expected, example } = kind;
  return {
    where,
    what: `${secret ? 'its value' : shown(value)} is not ${expected}`,
    remedy: `Write for instance ${example}`,
    flag,
  };
}

function unknownKey(key: string, file: string): Problem {
  const what = `there is no option "${key}"${suggestion(key, fileNames)}`;
  return { where: file, what, remedy: 'docs/reference.md lists all options', flag: false };
}
