import { resolve } from 'node:path';
import { readDuration, readInteger } from '../../config/values/values.ts';
import { RadiantError } from '../../common/errors.ts';
import type { DeployRequest, Strategy } from '../../running/operations.ts';
import { jsonOption, nameOption, type Invocation, type VerbOption } from '../verb/verb.ts';

/** A flag whose value has a kind. */
interface KindOfFlag<T> extends VerbOption {
  /** Completes the sentence `"x" is not …`. */
  expected: string;
  /** Undefined when the value does not fit. */
  read: (text: string) => T | undefined;
}

const kind = <T>(flag: KindOfFlag<T>): KindOfFlag<T> => flag;

const strategies: readonly Strategy[] = ['blue-green', 'rolling'];

const kinds = {
  strategy: kind({
    summary:
      '`blue-green`: all new workers beside all old ones; `rolling`: a few at a time, for little memory (default: blue-green)',
    placeholder: 'STRATEGY',
    expected: '`blue-green` or `rolling`',
    read: (text) => strategies.find((strategy) => strategy === text),
  }),
  surge: kind({
    summary: 'How many new workers at a time, for `rolling` (default: 1)',
    placeholder: 'N',
    expected: 'a number from 1 to 256',
    read: (text) => readInteger(text, 1, 256),
  }),
  watch: kind({
    summary:
      'How long it is watched, and left again if it does clearly worse (default: the option watch, 60s)',
    placeholder: 'SECONDS',
    expected: 'a time: seconds, or a number with its unit (`90s`, `2m`), of at most a day',
    read: readDuration,
  }),
};

export const deployOptions = {
  name: nameOption,
  settings: {
    summary: 'Its settings (default: those of the running release); without an app they alone are deployed',
    placeholder: 'FILE',
    short: 's',
  },
  ...kinds,
  'no-watch': { summary: 'It stays whatever it does: for releases that change the database' },
  json: jsonOption,
} satisfies Record<string, VerbOption>;

/** What the command line of `deploy` asks for. */
export interface DeployFlags {
  /** Absolute paths. */
  app: string | undefined;
  settings: string | undefined;
  /** Without `watch` it is what the app was started with. */
  request: Omit<DeployRequest, 'release' | 'watch'> & { watch: number | undefined };
}

/** Errors: USAGE, with what would fit. */
export function readDeployFlags({
  args,
  flags,
  cwd,
}: Pick<Invocation, 'args' | 'flags' | 'cwd'>): DeployFlags {
  const path = (text: unknown): string | undefined =>
    typeof text === 'string' ? resolve(cwd, text) : undefined;
  const [app, settings] = [path(args[0]), path(flags.settings)];
  if (app === undefined && settings === undefined) {
    throw usage('there is nothing to deploy', 'Give the path of a bundle, or --settings FILE, or both');
  }
  return {
    app,
    settings,
    request: {
      strategy: valueOf(flags, 'strategy', kinds.strategy) ?? 'blue-green',
      surge: valueOf(flags, 'surge', kinds.surge) ?? 1,
      watch: flags['no-watch'] === true ? 0 : valueOf(flags, 'watch', kinds.watch),
    },
  };
}

/** Undefined where the flag was not given. */
function valueOf<T>(
  flags: Invocation['flags'],
  name: string,
  { read, expected }: KindOfFlag<T>,
): T | undefined {
  const text = flags[name];
  if (typeof text !== 'string') return undefined;
  const value = read(text);
  if (value === undefined) throw usage(`--${name}: "${text}" is not ${expected}`);
  return value;
}

const usage = (message: string, remedy?: string): RadiantError =>
  new RadiantError('USAGE', `deploy: ${message}`, remedy);
