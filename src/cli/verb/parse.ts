import { parseArgs } from 'node:util';
import { suggestion } from '../../common/suggest.ts';
import { RadiantError } from '../../common/errors.ts';
import type { Verb } from './verb.ts';

export interface Parsed {
  args: string[];
  flags: Record<string, unknown>;
  help: boolean;
}

/** Reads what stands after the verb. Errors: USAGE, with the flag that was probably meant. */
export function parse(verb: Verb, argv: readonly string[]): Parsed {
  const { numbers, rest } = takeNumbers(verb, argv);
  const { tokens } = parseArgs({
    args: rest,
    options: { ...parseOptions(verb), help: { type: 'boolean', short: 'h' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const args = [...numbers];
  const flags: Record<string, unknown> = {};
  for (const token of tokens) {
    if (token.kind === 'positional') args.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (name === 'help') return { args, flags, help: true };
    const option = Object.hasOwn(verb.options, name) ? verb.options[name] : undefined;
    if (!option) throw unknownFlag(verb, rawName);
    if (option.placeholder === undefined) {
      if (value !== undefined) throw usage(verb, `${rawName} takes no value`);
      flags[name] = true;
    } else if (value === undefined || value === '' || (!token.inlineValue && /^--?[a-z]/i.test(value))) {
      throw usage(verb, `${rawName} needs a value: ${rawName} ${option.placeholder}`);
    } else if (option.multiple) {
      flags[name] = [...((flags[name] as string[] | undefined) ?? []), value];
    } else {
      flags[name] = value;
    }
  }
  checkCount(verb, args);
  return { args, flags, help: false };
}

function parseOptions(verb: Verb): Record<string, { type: 'string' | 'boolean'; short?: string }> {
  return Object.fromEntries(
    Object.entries(verb.options).map(([name, { placeholder, short }]) => [
      name,
      { type: placeholder === undefined ? 'boolean' : 'string', ...(short !== undefined && { short }) },
    ]),
  );
}

function isNumber(arg: string): boolean {
  return /^-\d+$/.test(arg);
}

/** `scale -1`: parseArgs would take it for a flag. */
function takeNumbers(verb: Verb, argv: readonly string[]): { numbers: string[]; rest: string[] } {
  if (!verb.args.some((arg) => arg.includes('-N'))) return { numbers: [], rest: [...argv] };
  return { numbers: argv.filter(isNumber), rest: argv.filter((arg) => !isNumber(arg)) };
}

function checkCount(verb: Verb, args: readonly string[]): void {
  const needed = verb.args.filter((arg) => !arg.startsWith('[')).length;
  if (args.length < needed) throw usage(verb, `${verb.args[args.length]} is missing`);
  if (args.length > verb.args.length) throw usage(verb, `there is no place for "${args[verb.args.length]}"`);
}

function unknownFlag(verb: Verb, rawName: string): RadiantError {
  const names = Object.keys(verb.options);
  const meant = rawName.startsWith('--') ? suggestion(rawName.slice(2), names, '--') : '';
  return usage(verb, `there is no flag ${rawName}${meant}`);
}

function usage(verb: Verb, message: string): RadiantError {
  return new RadiantError(
    'USAGE',
    `${verb.name}: ${message}`,
    `\`radiant help ${verb.name}\` shows what it takes`,
  );
}
