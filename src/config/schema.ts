import { z } from 'zod';
import { canBeIn, optionNames, optionTable, type OptionName } from './options.ts';
import { shown, type Problem } from './problems.ts';
import { suggestion } from './suggest.ts';

const schemas = Object.fromEntries(
  optionNames.map((name) => [name, optionTable[name].kind.schema(z)]),
) as Record<OptionName, z.ZodType>;

const fileNames = optionNames.filter((name) => canBeIn(name, 'file'));

/** What a configuration file may hold. */
export const fileSchema = z.strictObject({
  $schema: z.string().optional(),
  ...Object.fromEntries(fileNames.map((name) => [name, schemas[name].optional()])),
});

export type Read = { ok: true; value: unknown } | { ok: false; problem: Problem };

/** Reads one value that a flag, a variable or the defaults give for an option. */
export function readValue(name: OptionName, value: unknown, where: string, flag: boolean): Read {
  const result = schemas[name].safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problem: misfit(name, value, where, flag) };
}

/** Reads what a configuration file exports: its values, and everything that is wrong with it. */
export function readFileValues(
  content: unknown,
  file: string,
): { values: Record<string, unknown>; problems: Problem[] } {
  const result = fileSchema.safeParse(content);
  if (result.success) return { values: result.data, problems: [] };
  const problems = new Map<string, Problem>();
  for (const issue of result.error.issues) {
    const key = String(issue.path[0] ?? '');
    if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
      for (const unknown of issue.keys) problems.set(unknown, unknownKey(unknown, file));
    } else if (key in optionTable) {
      const given = (content as Record<string, unknown>)[key];
      problems.set(key, misfit(key as OptionName, given, `${file}: ${key}`, false));
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
