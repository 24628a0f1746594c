import type { Homes } from '../../disk/paths.ts';
import type { Terminal } from '../output/terminal.ts';

export interface VerbOption {
  summary: string;
  /** Stands for the value in help; without it the option takes none. */
  placeholder?: string;
  short?: string;
  multiple?: boolean;
}

/** What a verb runs with. */
export interface Invocation {
  args: readonly string[];
  /** By flag name without dashes: a string, `true`, or a list of strings. */
  flags: Readonly<Record<string, unknown>>;
  terminal: Terminal;
  homes: Homes;
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** A verb of the command line, as data: parsing, help and docs/reference.md follow from it. */
export interface Verb {
  name: string;
  summary: string;
  /** The arguments as help shows them: `N|+N|-N`; brackets mean that one may be left out. */
  args: readonly string[];
  options: Readonly<Record<string, VerbOption>>;
  examples: readonly string[];
  /** Resolves with the exit code. */
  run: (invocation: Invocation) => Promise<number>;
}

/** Says which app is meant; every verb that talks to a running app takes it. */
export const nameOption: VerbOption = {
  summary: 'Which running app; needed when there are several',
  placeholder: 'NAME',
  short: 'n',
};

export const jsonOption: VerbOption = { summary: 'Print JSON, for scripts' };

/** The app that `--name` or RADIANT_NAME picks. */
export function nameFrom({ flags, env }: Pick<Invocation, 'flags' | 'env'>): string | undefined {
  return typeof flags.name === 'string' ? flags.name : env.RADIANT_NAME || undefined;
}
