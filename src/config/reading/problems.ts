import { RadiantError } from '../../common/errors.ts';

/** One thing that is wrong with a configuration. */
export interface Problem {
  /** The flag, the file and key, or the variable. */
  where: string;
  what: string;
  remedy: string;
  flag: boolean;
}

const sentence = (what: string): string => (what.endsWith('?') ? what : `${what}.`);

/** One error for all that is wrong, so that nobody has to start five times. */
export function problemError(problems: readonly Problem[]): RadiantError {
  const code = problems.every((problem) => problem.flag) ? 'USAGE' : 'CONFIG';
  const [first] = problems;
  if (first && problems.length === 1)
    return new RadiantError(code, `${first.where}: ${first.what}`, first.remedy);
  const lines = problems.map(({ where, what, remedy }) => `\n  - ${where}: ${sentence(what)} ${remedy}`);
  return new RadiantError(
    code,
    `${problems.length} things are wrong with the options:${lines.join('')}`,
    'Correct all of them, then start again',
  );
}

/** A value as a message shows it: short, and of objects only what they are. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length <= 4 ? `[${value.map(shown).join(', ')}]` : 'this list';
  if (typeof value === 'object' && value !== null) return 'this object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}
