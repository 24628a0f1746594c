import { dirname, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { reasonOf } from '../../common/errors.ts';
import { flagName } from '../options/flag-name.ts';
import {
  environmentNames,
  optionNames,
  optionTable,
  type OptionName,
  type Values,
} from '../options/options.ts';
import type { Problem } from './problems.ts';
import { readFileValues, readValue } from './schema.ts';
import type { WrittenTls } from '../options/tls-kinds.ts';
import { readTextFileSync } from '../../common/text-file.ts';

/** What one place says: the command line, the file, the environment, the environment file, or the defaults. */
export interface Source {
  values: Values;
  problems: Problem[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Paths start at the folder of the place that names them; `node` is a path only if it looks like one. */
function placed(name: OptionName, value: unknown, folder: string): unknown {
  if (typeof value === 'string') {
    if (optionTable[name].path || (name === 'node' && value.includes('/'))) return resolve(folder, value);
  }
  if (optionTable[name].path && Array.isArray(value)) {
    return (value as string[]).map((entry) => resolve(folder, entry));
  }
  if (name === 'tls') return tlsPlaced(value as WrittenTls, folder);
  if (name === 'static') {
    const folders = Object.entries(value as Record<string, string>);
    return Object.fromEntries(folders.map(([path, entry]) => [path, resolve(folder, entry)]));
  }
  if (name === 'alerts') return { ...(value as object), folder };
  if ((name !== 'listen' && name !== 'redirect') || !Array.isArray(value)) return value;
  const listeners = value as NonNullable<Values['listen']>;
  return listeners.map((entry) =>
    entry.kind === 'path' ? { ...entry, path: resolve(folder, entry.path) } : entry,
  );
}

function tlsPlaced({ files, acme }: WrittenTls, folder: string): WrittenTls {
  const pairs = files.map(({ cert, key }) => ({ cert: resolve(folder, cert), key: resolve(folder, key) }));
  const keyFile = acme?.eab?.keyFile;
  if (acme?.eab === undefined || keyFile === undefined) return { files: pairs, ...(acme && { acme }) };
  return { files: pairs, acme: { ...acme, eab: { ...acme.eab, keyFile: resolve(folder, keyFile) } } };
}

function collect(
  folder: string,
): Source & { add(name: OptionName, given: unknown, where: string, flag: boolean): void } {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  const add = (name: OptionName, given: unknown, where: string, flag: boolean): void => {
    const read = readValue(name, given, where, flag);
    if (read.ok) values[name] = placed(name, read.value, folder);
    else problems.push(read.problem);
  };
  return { values, problems, add };
}

/** Flags as the command line parser leaves them: strings, `true`, or lists of strings. */
export function fromFlags(flags: Readonly<Partial<Record<OptionName, unknown>>>, cwd: string): Source {
  const source = collect(cwd);
  for (const name of optionNames) {
    if (flags[name] === undefined) continue;
    source.add(name, flags[name], name === 'app' ? 'the app' : `--${flagName(name)}`, true);
  }
  return source;
}

export function fromFile(content: unknown, file: string): Source {
  const { values, problems } = readFileValues(content, file);
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  const folder = dirname(file);
  const resolved = entries.map(([name, value]) => [name, placed(name as OptionName, value, folder)]);
  return { values: Object.fromEntries(resolved) as Values, problems };
}

/**
 * The variables that Radiant honours. Those of a place that a stronger one overrides are left unread: a `PORT` that
 * makes no sense to Radiant may be meant for somebody else.
 */
export function fromEnvironment(
  env: Environment,
  cwd: string,
  file: string | undefined,
  overridden: Values,
): Source {
  const source = collect(cwd);
  for (const name of optionNames) {
    if (name in overridden) continue;
    const variable = environmentNames(name).find((entry) => env[entry]);
    if (!variable) continue;
    const given = env[variable] ?? '';
    const where = file ? `${file}: ${variable}` : `environment variable ${variable}`;
    source.add(
      name,
      optionTable[name].multiple ? given.split(/[\s,]+/).filter(Boolean) : given,
      where,
      false,
    );
  }
  return source;
}

/** Of options that `overridden` does not say. */
export function fromDefaults(cwd: string, overridden: object): Values {
  const source = collect(cwd);
  for (const name of optionNames) {
    if (name in overridden) continue;
    const given = optionTable[name].default;
    if (given !== undefined) source.add(name, given, 'default', false);
  }
  return source.values;
}

/** The variables of an `--env-file`. */
export function readEnvFile(file: string): { env: Record<string, string>; problems: Problem[] } {
  try {
    return { env: { ...parseEnv(readTextFileSync(file)) } as Record<string, string>, problems: [] };
  } catch (error) {
    const what = `it cannot be read: ${reasonOf(error)}`;
    const remedy = 'Correct the path after --env-file';
    return { env: {}, problems: [{ where: file, what, remedy, flag: false }] };
  }
}
